using System.Buffers.Binary;
using Foresee.Images;

namespace Foresee.Tests.Images;

/// <summary>
/// Values that are no plain 8 or 16 bits, and files that are no images: refused before anything is converted, in plain words.
/// </summary>
public sealed class SampleTypeTests : IDisposable
{
    private readonly Scratch scratch = new();

    public void Dispose() => scratch.Dispose();

    private string Reason(byte[] file, string name = "a.tif")
    {
        var path = scratch.Write(name, file);
        var error = Assert.Throws<UnreadableImageException>(() => ImageFile.Read(path));
        Assert.Equal(error.Reason, Assert.Throws<UnreadableImageException>(() => ImageFile.Read(path, new(2, 2, 3))).Reason);
        Assert.Equal(error.Reason, Assert.Throws<UnreadableImageException>(() => ImageFile.CountLevels(path)).Reason);
        return error.Reason;
    }

    private static byte[] Tiff(int bits, int format, int photometric = 1, int channels = 1) =>
        new MadeTiff(4, 3, channels, bits) { Photometric = photometric, Format = format }.File([.. Enumerable.Range(0, 12 * channels)]);

    [Theory]
    [InlineData(8, 2, "its values are signed integers of 8 bits; convert it to 8 or 16 bits without a sign")]
    [InlineData(16, 2, "its values are signed integers of 16 bits; convert it to 8 or 16 bits without a sign")]
    [InlineData(32, 1, "it has 32 bits per channel; convert it to 8 or 16")]
    [InlineData(32, 3, "its values are floating-point numbers of 32 bits; convert it to 8 or 16 bits without a sign")]
    [InlineData(64, 3, "its values are floating-point numbers of 64 bits; convert it to 8 or 16 bits without a sign")]
    public void Values_of_other_types_are_refused_by_their_type(int bits, int format, string reason) =>
        Assert.Equal(reason, Reason(Tiff(bits, format)));

    [Theory]
    [InlineData(8, "its colours are CIELAB; convert it to RGB")]
    [InlineData(32803, "it holds raw data of a camera's sensor; convert it to RGB")]
    public void Colours_that_are_not_converted_on_purpose_are_refused(int photometric, string reason) =>
        Assert.Equal(reason, Reason(Tiff(8, 1, photometric, 3)));

    [Fact]
    public void Twelve_bits_are_named()
    {
        var file = Tiff(16, 1);
        // BitsPerSample, one number
        var place = file.AsSpan().IndexOf([(byte)2, (byte)1, (byte)3, (byte)0, (byte)1, (byte)0, (byte)0, (byte)0, (byte)16]);
        BinaryPrimitives.WriteInt16LittleEndian(file.AsSpan(place + 8), 12);
        Assert.Equal("it has 12 bits per channel; convert it to 8 or 16", Reason(file));
    }

    [Theory]
    [InlineData("<!DOCTYPE html><p>404", "it is an HTML page, not an image")]
    [InlineData("{\"error\": 404}", "it is a JSON document, not an image")]
    [InlineData("%PDF-1.7", "it is a PDF document, not an image")]
    [InlineData("<svg xmlns=\"http://www.w3.org/2000/svg\"/>", "it is an SVG drawing, which has no pixels; export it as PNG")]
    [InlineData("\u0001", "it is of no image format that is known; its first bytes are 01")]
    [InlineData("\u0000\u0000\u0000\u0018ftypheic\u0000", "it is a HEIC picture, which is not read here; convert it to JPEG or PNG")]
    public void A_file_that_is_no_image_is_called_what_it_is(string content, string reason) =>
        Assert.Equal(reason, Reason([.. content.Select(c => (byte)c)], "a.jpg"));

    [Fact]
    public void A_TIFF_whose_pixels_are_cut_off_is_refused() =>
        Assert.Equal("it is cut off: the file ends before its picture does",
            Reason(new MadeTiff(64, 64, 1, 8).File(new int[64 * 64])[..^1000]));

    [Fact]
    public void CMYK_of_16_bits_is_that_of_8()
    {
        int[] values = [.. Enumerable.Range(0, 64).SelectMany(i => new[] { i * 4, 255 - i * 3, i * 2, i })];
        var eight = ImageFile.Read(scratch.Write("8.tif", new MadeTiff(8, 8, 4, 8) { Photometric = 5 }.File(values)));
        var sixteen = ImageFile.Read(scratch.Write("16.tif", new MadeTiff(8, 8, 4, 16) { Photometric = 5 }
            .File([.. values.Select(value => value * 257)])));
        Assert.Equal((3, 3), (eight.Channels, sixteen.Channels));
        Assert.Equal(eight.Pixels, sixteen.Pixels);
    }

    [Fact]
    public void Files_of_several_pages_are_counted_and_smaller_copies_of_a_page_are_none()
    {
        var single = new MadeTiff(4, 4, 1, 8).File(new int[16]);
        Assert.Equal(1, ImageFile.Look(scratch.Write("one.tif", single)).Pictures);
        var first = BinaryPrimitives.ReadUInt16LittleEndian(single.AsSpan(8));
        byte[] two = [.. single, .. single[8..(10 + first * 12)], 0, 0, 0, 0]; // a second directory of the same pixels
        BinaryPrimitives.WriteInt32LittleEndian(two.AsSpan(10 + first * 12), single.Length);
        Assert.Equal(2, ImageFile.Look(scratch.Write("two.tif", two)).Pictures);
        Assert.Equal(2, ImageFile.Read(scratch.At("two.tif")).Pictures);
    }
}
