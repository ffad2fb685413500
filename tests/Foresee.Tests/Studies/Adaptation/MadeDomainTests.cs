using Foresee.Images;
using Foresee.Labels;
using Foresee.Studies.Adaptation;
using Foresee.Tests.Evaluation;
using Foresee.Tests.Reports;

namespace Foresee.Tests.Studies.Adaptation;

public sealed class MadeDomainTests
{
    private static readonly Image colours = new(4, 3, 4, [.. Enumerable.Range(0, 48).Select(i => (byte)(5 * i))]);

    [Fact]
    public void Inverting_takes_each_value_from_255_twice_gives_the_image_and_alpha_stays()
    {
        var inverted = MadeDomain.Change(colours, MadeLook.Inverted, 0);
        for (var i = 0; i < 48; i++) Assert.Equal(i % 4 == 3 ? colours.Pixels[i] : 255 - colours.Pixels[i], inverted.Pixels[i]);
        Assert.Equal(colours.Pixels, MadeDomain.Change(inverted, MadeLook.Inverted, 0).Pixels);
    }

    [Fact]
    public void A_texture_is_the_same_for_a_seed_and_another_for_each()
    {
        var black = new Image(16, 16, 1, new byte[256]);
        byte[] Texture(ulong seed) => MadeDomain.Change(black, MadeLook.Textured, seed).Pixels;
        Assert.Equal(Texture(1), Texture(1));
        Assert.NotEqual(Texture(1), Texture(2));
        Assert.True(Texture(1).Distinct().Count() > 50);
        var white = MadeDomain.Change(new(16, 16, 1, [.. Enumerable.Repeat((byte)255, 256)]), MadeLook.Textured, 1).Pixels;
        Assert.Equal(Texture(1).Select(t => (byte)(255 - t)), white); // |255 - t|
    }

    [Fact]
    public void It_is_written_as_class_folders_and_can_go_on()
    {
        using var folder = new TemporaryFolder();
        var images = new LabelledImages(new PaintedImages(6, 16), [0, 1, 0, 1, 0, 1], ["a", "b"]);
        var data = new LabelledSplits(images, images.Only([4, 5], "few"));
        var made = folder.File("made");
        Assert.Equal([4, 2], MadeDomain.Write(data, MadeLook.Inverted, made, 2));
        var read = LabelledSources.Open(made);
        Assert.Equal(["a", "b"], read.Train.Classes);
        Assert.Equal([0, 0, 1, 1], read.Train.Labels);
        Assert.Equal(255 - 2, read.Train.Images.Read(1).Pixels[0]);
        var first = Directory.EnumerateFiles(made, "*.png", SearchOption.AllDirectories).First();
        File.Delete(first);
        Assert.Equal([4, 2], MadeDomain.Write(data, MadeLook.Inverted, made, 2));
        Assert.True(File.Exists(first));
    }

    [Fact]
    public void A_class_that_no_folder_can_be_named_as_is_refused()
    {
        using var folder = new TemporaryFolder();
        var images = new LabelledImages(new PaintedImages(2, 16), [0, 1], ["a/b", "c"]);
        var error = Assert.Throws<ImageDataException>(() => MadeDomain.Write(new(images, null), MadeLook.Inverted, folder.File("made"), null));
        Assert.Contains("The class 'a/b' of painted can't be the name of a folder", error.Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(folder.File("made")));
    }
}
