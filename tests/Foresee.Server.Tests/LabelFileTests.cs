using System.Text;
using Foresee.Images;
using Foresee.Server.Labelling;

namespace Foresee.Server.Tests;

/// <summary>What is on disk, whatever happened.</summary>
public sealed class LabelFileTests : IDisposable
{
    private readonly Scratch scratch = new();

    private string Csv => scratch.At("labels.csv");

    private string Image(string name) => scratch.At("pool", name);

    public void Dispose() => scratch.Dispose();

    [Fact]
    public void A_label_is_a_line_and_one_taken_back_is_none()
    {
        using (var labels = new CsvLabels(Csv))
        {
            labels.Add(Image("a.png"), "cat");
            labels.Add(Image("b, \"two\"\nlines.png"), "a dog, perhaps");
            labels.Add(Image("#c.png"), "cat");
            Assert.Equal("path,label\npool/a.png,cat\n\"pool/b, \"\"two\"\"\nlines.png\",\"a dog, perhaps\"\npool/#c.png,cat\n", File.ReadAllText(Csv));
            labels.Remove(Image("a.png"));
        }
        using var again = new CsvLabels(Csv);
        Assert.Equal([(Image("#c.png"), "cat"), (Image("b, \"two\"\nlines.png"), "a dog, perhaps")],
            again.Labels.Select(entry => (entry.Key, entry.Value)).Order());
    }

    [Fact]
    public void Foresee_reads_the_images_that_it_names()
    {
        var pool = scratch.Pool(3);
        using (var labels = new CsvLabels(Csv)) foreach (var file in Directory.GetFiles(pool)) labels.Add(file, "red, or so");
        Assert.Equal(3, ImageSources.Open(Csv).Count);
    }

    [Theory]
    [InlineData("path,label\npool/a.png,cat\npool/b.png,ca", "a.png:cat")] // half a word
    [InlineData("path,label\npool/a.png,cat\npool/b.png,cat", "a.png:cat b.png:cat")] // written by hand, without a line's end
    [InlineData("path,label\npool/a.png,cat\npool/b.p", "a.png:cat")]
    [InlineData("path,label\npool/a.png,cat\n\"pool/b.p", "a.png:cat")]
    [InlineData("path,label\npool/a.png,cat\n\"pool/x, y", "a.png:cat")]
    [InlineData("path,label\npool/a.png,cat\npool/b.png,", "a.png:cat")]
    [InlineData("path,label\npool/a.png,cat\n\0\0\0\0", "a.png:cat")]
    [InlineData("# mine\r\npool/a.png , cat\r\n\r\nREADME,x\r\n", "a.png:cat")]
    [InlineData("", "")]
    public void A_last_line_without_its_end_was_never_confirmed(string text, string expected)
    {
        File.WriteAllText(Csv, text);
        for (var time = 0; time < 2; time++) // what it mended stays mended
        {
            using var labels = new CsvLabels(Csv);
            Assert.Equal(expected, string.Join(' ', labels.Labels.Select(entry => $"{Path.GetFileName(entry.Key)}:{entry.Value}")));
        }
        using (var labels = new CsvLabels(Csv)) labels.Add(Image("z.png"), "new");
        Assert.EndsWith("\npool/z.png,new\n", File.ReadAllText(Csv), StringComparison.Ordinal);
        using var again = new CsvLabels(Csv);
        Assert.Equal("new", again.Labels[Image("z.png")]);
    }

    [Fact]
    public void A_whole_last_line_of_an_image_that_exists_is_kept_and_half_a_one_is_put_aside()
    {
        scratch.Pool(2);
        List<string> told = [];
        File.WriteAllText(Csv, "path,label\npool/0000.png,cat\npool/0001.png,Weed");
        using (var labels = new CsvLabels(Csv, ["cat"], told.Add)) Assert.Equal("Weed", labels.Labels[Image("0001.png")]);
        Assert.EndsWith("pool/0001.png,Weed\n", File.ReadAllText(Csv), StringComparison.Ordinal);
        File.WriteAllText(Csv, "path,label\npool/0000.png,cat\npool/0001.png,We");
        using (var labels = new CsvLabels(Csv, ["cat", "Weed"], told.Add)) Assert.Single(labels.Labels);
        Assert.Equal("pool/0001.png,We\n", File.ReadAllText(Csv + ".dropped"));
        byte[] half = [.. "pool/0000.png,cat\npool/0001.png,caf"u8, 0xC3]; // half an é
        File.WriteAllBytes(Csv, half);
        using (var labels = new CsvLabels(Csv, [], told.Add)) Assert.Single(labels.Labels);
        Assert.Equal("pool/0000.png,cat\n", File.ReadAllText(Csv));
        Assert.Equal(half[^19..], File.ReadAllBytes(Csv + ".dropped")[^20..^1]);
        Assert.Equal(3, told.Count);
    }

    [Theory]
    [InlineData("pool/a.png,cat\n\"pool/b.png,dog\npool/c.png,dog\n", "line 2")]
    [InlineData("pool/a.png,caf\u00e9\npool/b.png,dog\n", "UTF-8")]
    public void What_cannot_be_understood_is_refused_and_left_as_it_is(string text, string reason)
    {
        var bytes = Encoding.Latin1.GetBytes(text);
        File.WriteAllBytes(Csv, bytes);
        Assert.Contains(reason, Assert.Throws<ImageDataException>(() => new CsvLabels(Csv)).Message, StringComparison.Ordinal);
        Assert.Equal(bytes, File.ReadAllBytes(Csv));
    }

    [Fact]
    public void A_file_that_vanishes_or_is_damaged_meanwhile_takes_nothing_and_loses_nothing()
    {
        using var labels = new CsvLabels(Csv);
        labels.Add(Image("a.png"), "cat");
        var whole = File.ReadAllText(Csv);
        File.Delete(Csv);
        Assert.ThrowsAny<IOException>(() => labels.Add(Image("b.png"), "cat"));
        Assert.ThrowsAny<IOException>(() => labels.Remove(Image("a.png")));
        Assert.False(File.Exists(Csv));
        File.WriteAllText(Csv, "");
        Assert.ThrowsAny<IOException>(() => labels.Add(Image("b.png"), "cat"));
        File.WriteAllText(Csv, whole + "pool/a.png,dog\n");
        Assert.Throws<ImageDataException>(() => labels.Add(Image("b.png"), "cat"));
        Assert.Equal("cat", labels.Labels[Image("a.png")]);
        File.WriteAllText(Csv, whole);
        labels.Add(Image("b.png"), "cat");
        Assert.Equal(whole + "pool/b.png,cat\n", File.ReadAllText(Csv));
    }

    [Fact]
    public void Another_image_of_the_same_name_is_no_copy_and_is_not_overwritten()
    {
        var (pool, target) = (scratch.Pool(1), scratch.At("classes"));
        var (image, other) = (Path.Combine(pool, "0000.png"), scratch.At("classes", "dog", "0000.png"));
        Directory.CreateDirectory(scratch.At("classes", "dog"));
        File.WriteAllBytes(other, Served.Png(1, 2, 3));
        KeyValuePair<string, string>[] names = [new(image, "0000.png")];
        using (var labels = new FolderLabels(target, names))
        {
            Assert.Equal([other], labels.Labels.Keys);
            labels.Add(image, "dog");
        }
        Assert.Equal(Served.Png(1, 2, 3), File.ReadAllBytes(other));
        using (var again = new FolderLabels(target, names))
        {
            Assert.Equal(new[] { image, other }.Order(), again.Labels.Keys.Order());
            again.Remove(image);
        }
        Assert.Equal([other], Directory.GetFiles(scratch.At("classes", "dog")));
    }

    [Fact]
    public void Places_that_a_refit_exchanges_or_that_lie_in_each_other_are_refused()
    {
        var model = Served.WriteModel(scratch.At("model"));
        string? Fault(string pool, string labels) =>
            Record.Exception(() => (new ServerOptions(model) { Labels = new(pool, labels) }).Validate())?.Message;
        Assert.Contains("labels", Fault(scratch.At("pool"), scratch.At("model", "labels.csv")), StringComparison.Ordinal);
        Assert.Contains("labels", Fault(scratch.At("pool"), scratch.At("model.next", "labels")), StringComparison.Ordinal);
        Assert.Contains("pool", Fault(scratch.At("model.before", "pool"), scratch.At("labels.csv")), StringComparison.Ordinal);
        Assert.Contains("each other", Fault(scratch.At("pool"), scratch.At("pool", "labelled")), StringComparison.Ordinal);
        Assert.Contains("each other", Fault(scratch.At("labelled", "pool"), scratch.At("labelled")), StringComparison.Ordinal);
        Assert.Null(Fault(scratch.At("pool"), scratch.At("pool", "labels.csv")));
        Assert.Null(Fault(scratch.At("pool"), scratch.At("pool-labels")));
    }

    [Fact]
    public void What_an_editor_changed_meanwhile_is_kept()
    {
        using var labels = new CsvLabels(Csv);
        labels.Add(Image("a.png"), "cat");
        File.AppendAllText(Csv, "pool/hand.png,dog\n# a remark\n");
        labels.Add(Image("b.png"), "cat");
        labels.Remove(Image("a.png"));
        Assert.Equal("path,label\npool/hand.png,dog\n# a remark\npool/b.png,cat\n", File.ReadAllText(Csv));
        Assert.Equal("dog", labels.Labels[Image("hand.png")]);
    }

    [Fact]
    public void Two_processes_do_not_write_one_file()
    {
        using var first = new CsvLabels(Csv);
        Assert.Contains("Another process", Assert.Throws<ImageDataException>(() => new CsvLabels(Csv)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_image_named_twice_is_refused()
    {
        File.WriteAllText(Csv, "pool/a.png,cat\npool/../pool/a.png,dog\n");
        Assert.Throws<ImageDataException>(() => new CsvLabels(Csv));
        File.WriteAllText(Csv, "pool/a.png,cat\n");
        new CsvLabels(Csv).Dispose(); // the lock was let go
    }

    [Fact]
    public void Class_folders_get_copies_that_are_found_again()
    {
        var (pool, target) = (scratch.Pool(4), scratch.At("classes"));
        Directory.CreateDirectory(scratch.At("classes", "old"));
        File.WriteAllBytes(scratch.At("classes", "old", "x.png"), Served.Png(1, 2, 3));
        File.WriteAllText(scratch.At("classes", ".foresee-part"), "half a copy");
        string[] files = [.. Directory.GetFiles(pool).Order()];
        KeyValuePair<string, string>[] names = [.. files.Select((file, i) => KeyValuePair.Create(file, i < 2 ? $"deep/{i}~/a.png" : $"{i}.png"))];
        using (var labels = new FolderLabels(target, names))
        {
            labels.Add(files[0], "cat");
            labels.Add(files[1], "cat");
            labels.Add(files[2], "dog");
            labels.Remove(files[1]);
        }
        Assert.Equal(File.ReadAllBytes(files[0]), File.ReadAllBytes(scratch.At("classes", "cat", "deep~10~0~1a.png")));
        using var again = new FolderLabels(target, names);
        Assert.Equal([(files[0], "cat"), (files[2], "dog"), (scratch.At("classes", "old", "x.png"), "old")],
            again.Labels.Select(entry => (entry.Key, entry.Value)).OrderBy(entry => entry.Value, StringComparer.Ordinal));
        Assert.Equal(3, ImageSources.Open(target).Count);
    }

    [Fact]
    public void Names_of_copies_are_never_shared()
    {
        string[] names = ["a/b", "a~1b", "a~/b", "a~0/b", "a/~b", "a~01b", new('x', 300), new('x', 301), new('é', 150)];
        var copies = names.Select(FolderLabels.NameOf).ToList();
        Assert.Equal(names.Length, copies.Distinct().Count());
        Assert.All(copies, copy => Assert.True(!copy.Contains('/', StringComparison.Ordinal) && Encoding.UTF8.GetByteCount(copy) <= 255));
    }
}
