using System.Text;
using Foresee.Images;

namespace Foresee.Tests.Images;

/// <summary>Portable bitmaps, greymaps and pixmaps, written here as Netpbm describes them.</summary>
public sealed class PortablePictureTests : IDisposable
{
    private readonly Scratch scratch = new();

    public void Dispose() => scratch.Dispose();

    private Image Read(string header, params byte[] data) =>
        ImageFile.Read(scratch.Write("a.pnm", [.. Encoding.ASCII.GetBytes(header), .. data]));

    [Theory]
    [InlineData("P1\n# fax\n3 2\n1 0 1\n011", 1, new byte[] { 0, 255, 0, 255, 0, 0 })]
    [InlineData("P2 2 1 255 7 # seven\n9", 1, new byte[] { 7, 9 })]
    [InlineData("P2\n2 1\n15\n0 15", 1, new byte[] { 0, 255 })]
    [InlineData("P3\n1 2\n255\n1 2 3 4 5 6", 3, new byte[] { 1, 2, 3, 4, 5, 6 })]
    public void Text_is_read_as_it_was_written(string file, int channels, byte[] pixels)
    {
        var read = Read(file);
        Assert.Equal((channels, 8), (read.Channels, read.StoredBits));
        Assert.Equal(pixels, read.Pixels);
    }

    [Fact]
    public void Bytes_are_read_as_they_were_written()
    {
        Assert.Equal([10, 32, 35], Read("P5\n3 1\n255\n", 10, 32, 35).Pixels); // line break, blank and # are values here
        Assert.Equal([1, 2, 3], Read("P6 1 1 255 ", 1, 2, 3).Pixels);
        Assert.Equal([0, 255, 255, 255, 255, 255, 255, 255, 0], Read("P4\n9 1\n", 0b10000000, 0b10000000).Pixels);
    }

    [Fact]
    public void Values_above_255_are_those_of_16_bits()
    {
        var read = Read("P5\n2 1\n4095\n", 0x0F, 0xFF, 0x01, 0x00);
        Assert.Equal(16, read.StoredBits);
        var fit = ImageFile.Read(scratch.At("a.pnm"), new(1, 2, 1) { Window = new([0], [4095]) });
        Assert.Equal([255, 16], fit.Pixels);
        var counts = Assert.Single(ImageFile.CountLevels(scratch.At("a.pnm"))!);
        Assert.Equal((1, 1, 2), (counts[4095], counts[256], counts.Sum()));
    }

    [Theory]
    [InlineData("P5\n3 3\n255\nabc", RefusalKind.CutOff)]
    [InlineData("P5\n3", RefusalKind.CutOff)]
    [InlineData("P5\n3 x\n255\nabc", RefusalKind.Damaged)]
    [InlineData("P2 1 1 15 16", RefusalKind.Damaged)]
    [InlineData("P6 99999 99999 255 ", RefusalKind.TooLarge)]
    [InlineData("P5 30000 30000 255\nab", RefusalKind.CutOff)]
    [InlineData("P4 30000 30000\nab", RefusalKind.CutOff)]
    [InlineData("P3 9999 9999 255\n1 2 3", RefusalKind.CutOff)]
    public void A_damaged_one_is_refused(string file, RefusalKind kind) =>
        Assert.Equal(kind, Assert.Throws<UnreadableImageException>(() => Read(file)).Kind);
}
