using Foresee.Detection;
using Foresee.Images;
using Foresee.Tests.Images;

namespace Foresee.Tests.Detection;

public sealed class VocFolderTests : IDisposable
{
    private readonly Scratch scratch = new();

    public void Dispose() => scratch.Dispose();

    [Fact]
    public void Boxes_are_continuous_and_difficult_ones_are_told()
    {
        Add("a", Size(40, 30), Object("cell", 1, 1, 40, 30) + Object("seed", 11, 6, 20, 15, "<difficult>1</difficult>"));
        var images = VocFolder.Open(scratch.Folder, null);
        var image = Assert.Single(images.Images);
        Assert.Equal(("a", 40, 30), (image.Name, image.Width, image.Height));
        Assert.Equal([new("cell", new(0, 0, 40, 30)), new("seed", new(10, 5, 20, 15), true)], image.Objects);
        Assert.Equal(["cell", "seed"], images.Classes);
        Assert.Empty(images.Remarks);
    }

    [Fact]
    public void Missing_sizes_other_endings_and_line_ends_do_no_harm()
    {
        Add("a", "", Object("cell", 2, 2, 9, 9), ".PNG");
        Add("b", Size(0, 0), Object("cell", 2.4, 2, 9, 9), ".bmp.png", image: "b.bmp.jpg"); // the XML's ending is another one
        Add("c", Size(40, 30), "");
        scratch.Write("ImageSets/Main/train.txt", "a\r\nb\t1\r\n\r\nc -1\r\n"u8.ToArray());
        var images = VocFolder.Open(scratch.Folder, "train");
        Assert.Equal(["a", "b.bmp", "c"], images.Images.Select(image => image.Name));
        Assert.All(images.Images, image => Assert.Equal((40, 30), (image.Width, image.Height)));
        Assert.Equal(1.4, images.Images[1].Objects[0].Box.Left, 1e-9);
        Assert.Empty(images.Images[2].Objects);
        Assert.Equal(["train"], VocFolder.Splits(scratch.Folder));
    }

    [Fact]
    public void Boxes_without_area_are_left_out_and_those_that_reach_beyond_are_cut()
    {
        Add("a", Size(40, 30), Object("cell", 5, 5, 5, 20) + Object("cell", 0, 0, 9, 9) + Object("cell", 30, 20, 55, 29));
        var images = VocFolder.Open(scratch.Folder, null);
        Assert.Equal([new("cell", new(0, 0, 9, 9)), new("cell", new(29, 19, 40, 29))], images.Images[0].Objects);
        Assert.Equal(2, images.Remarks.Count);
        Assert.Contains("a.xml: cell (5, 5, 5, 20) has no area, so it was left out", images.Remarks[0], StringComparison.Ordinal);
        Assert.Contains("cell (30, 20, 55, 29) reaches beyond 40 x 30 px", images.Remarks[1], StringComparison.Ordinal);
    }

    [Fact]
    public void An_image_that_is_not_there_or_has_another_size_is_left_out_with_its_name()
    {
        Add("a", Size(40, 30), Object("cell", 2, 2, 9, 9));
        Add("b", Size(30, 40), Object("cell", 2, 2, 9, 9));
        Add("c", Size(40, 30), Object("cell", 2, 2, 9, 9));
        File.Delete(scratch.At("JPEGImages/c.png"));
        var images = VocFolder.Open(scratch.Folder, null);
        Assert.Equal(["a"], images.Images.Select(image => image.Name));
        Assert.Contains("b.xml says 30 x 40 px and ", images.Remarks[0], StringComparison.Ordinal);
        Assert.Contains("c.xml: its image is not in JPEGImages", images.Remarks[1], StringComparison.Ordinal);
    }

    /// <summary>Orientations as EXIF numbers them: 1 to 4 keep the sides, 5 to 8 exchange them.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    [InlineData(7)]
    [InlineData(8)]
    public void A_box_lies_around_its_object_in_every_orientation_of_the_picture(int orientation)
    {
        var pixels = new int[40 * 30];
        for (var y = 3; y < 9; y++)
            for (var x = 5; x < 15; x++) pixels[y * 40 + x] = 200;
        scratch.Write("JPEGImages/a.tif", new MadeTiff(40, 30, 1, 8) { Orientation = orientation }.File(pixels));
        var read = ImageFile.Read(scratch.At("JPEGImages/a.tif"));
        int[] bright = [.. Enumerable.Range(0, pixels.Length).Where(i => read.Pixels[i] > 0)];
        var (columns, rows) = (bright.Select(i => i % read.Width).ToList(), bright.Select(i => i / read.Width).ToList());
        var seen = new Box(columns.Min(), rows.Min(), columns.Max() + 1, rows.Max() + 1);

        Write(Size(read.Width, read.Height), seen);
        Assert.Equal(seen, Opened(out var remarks));
        Assert.Equal(orientation is 2 or 3 or 4, remarks.Count > 0);
        if (orientation < 5) return;
        Write(Size(40, 30), new(5, 3, 15, 9));
        Assert.Equal(seen, Opened(out remarks));
        Assert.Contains($"a.tif is shown turned (EXIF orientation {orientation}): its boxes were turned with it", Assert.Single(remarks),
            StringComparison.Ordinal);
        Write("", seen);
        Assert.Equal(seen, Opened(out remarks));
        Assert.Contains("does not tell by its size whether its boxes were drawn before or after", Assert.Single(remarks),
            StringComparison.Ordinal);

        void Write(string size, Box box) => scratch.Write("Annotations/a.xml", System.Text.Encoding.UTF8.GetBytes(
            $"<annotation>{size}{Object("cell", box.Left + 1, box.Top + 1, box.Right, box.Bottom)}</annotation>"));

        Box Opened(out IReadOnlyList<string> remarks)
        {
            var images = VocFolder.Open(scratch.Folder, null);
            remarks = images.Remarks;
            var image = Assert.Single(images.Images);
            Assert.Equal((read.Width, read.Height), (image.Width, image.Height));
            return Assert.Single(image.Objects).Box;
        }
    }

    [Theory]
    [InlineData("<object><name>cell</name><bndbox><xmin>50</xmin><ymin>5</ymin><xmax>60</xmax><ymax>9</ymax></bndbox></object>",
        "the box cell (50, 5, 60, 9) lies outside its image of 40 x 30 px")]
    [InlineData("<object><name>cell</name></object>", "object 1 (cell) has no <bndbox>")]
    [InlineData("<object><bndbox/></object>", "object 1 has no <name>")]
    [InlineData("<object><name>cell</name><bndbox><xmin>one</xmin><ymin>5</ymin><xmax>60</xmax><ymax>9</ymax></bndbox></object>",
        "<xmin> of object 1 (cell) must be a number, got 'one'")]
    [InlineData("<object>", "it is no XML")]
    public void A_bad_annotation_is_told_with_its_file(string objects, string told)
    {
        Add("a", Size(40, 30), objects);
        var message = Assert.Throws<ImageDataException>(() => VocFolder.Open(scratch.Folder, null)).Message;
        Assert.Contains(told, message, StringComparison.Ordinal);
        Assert.Contains("a.xml", message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_no_such_folder_or_split_is_told()
    {
        Assert.Contains("has no folder Annotations", Message(scratch.Folder, null), StringComparison.Ordinal);
        Add("a", Size(40, 30), "");
        scratch.Write("ImageSets/Main/val.txt", "a\n"u8.ToArray());
        Assert.Contains("no split 'train'", Message(scratch.Folder, "train"), StringComparison.Ordinal);
        Assert.Contains("there are val.", Message(scratch.Folder, "train"), StringComparison.Ordinal);
        using var outer = new Scratch();
        outer.Write("inner/Annotations/a.xml", []);
        Assert.Contains($"(but {Path.Combine(outer.Folder, "inner")} is: name that)", Message(outer.Folder, null), StringComparison.Ordinal);
        scratch.Write("ImageSets/Main/odd.txt", "z\n"u8.ToArray());
        Assert.Contains("The split names 'z'", Message(scratch.Folder, "odd"), StringComparison.Ordinal);

        static string Message(string folder, string? split) =>
            Assert.Throws<ImageDataException>(() => VocFolder.Open(folder, split)).Message;
    }

    [Fact]
    public void No_boxes_and_unknown_classes_are_told()
    {
        Add("a", Size(40, 30), "");
        var none = VocFolder.Open(scratch.Folder, null);
        Assert.Contains("no box in any of them", Assert.Throws<ImageDataException>(none.ExpectObjects).Message, StringComparison.Ordinal);
        Add("b", Size(40, 30), Object("stone", 2, 2, 9, 9));
        var some = VocFolder.Open(scratch.Folder, null).ExpectObjects();
        some.ExpectClasses(["cell", "stone"]);
        var message = Assert.Throws<ImageDataException>(() => some.ExpectClasses(["cell"])).Message;
        Assert.Contains("has boxes of stone (the first in ", message, StringComparison.Ordinal);
        Assert.Contains("the detector knows cell", message, StringComparison.Ordinal);
        scratch.Write("ImageSets/Main/hard.txt", "c\n"u8.ToArray());
        Add("c", Size(40, 30), Object("cell", 2, 2, 9, 9, "<difficult>1</difficult>"));
        var hard = VocFolder.Open(scratch.Folder, "hard").ExpectObjects();
        Assert.Contains("has no box that counts", Assert.Throws<ImageDataException>(() => hard.ExpectClasses(["cell"])).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_smaller_share_is_part_of_a_larger_one()
    {
        for (var i = 0; i < 8; i++) Add($"{i}", Size(40, 30), Object("cell", 2, 2, 9, 9));
        var all = VocFolder.Open(scratch.Folder, null);
        var (few, more) = (all.Share(0.25, 3), all.Share(0.5, 3));
        Assert.Equal((2, 4, 8), (few.Images.Count, more.Images.Count, all.Share(1, 3).Images.Count));
        Assert.Subset(more.Images.Select(image => image.Name).ToHashSet(), few.Images.Select(image => image.Name).ToHashSet());
        Assert.NotEqual(few.Hash(), more.Hash());
    }

    private void Add(string name, string size, string objects, string ending = ".png", string? image = null)
    {
        scratch.Write($"Annotations/{name}.xml", System.Text.Encoding.UTF8.GetBytes(
            $"<annotation><filename>{image ?? name + ".jpg"}</filename>{size}{objects}</annotation>"));
        scratch.Write($"JPEGImages/{name}{ending}", ImageFile.EncodePng(new(40, 30, 1, new byte[40 * 30])));
    }

    private static string Size(int width, int height) => $"<size><width>{width}</width><height>{height}</height><depth>3</depth></size>";

    private static string Object(string name, double left, double top, double right, double bottom, string more = "") =>
        FormattableString.Invariant($"<object><name>{name}</name>{more}<bndbox><xmin>{left}</xmin><ymin>{top}</ymin>")
        + FormattableString.Invariant($"<xmax>{right}</xmax><ymax>{bottom}</ymax></bndbox></object>");
}
