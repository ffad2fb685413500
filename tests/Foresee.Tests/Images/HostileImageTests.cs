using System.Buffers.Binary;
using Foresee.Images;
using Foresee.Images.Decoding;
using VipsException = NetVips.VipsException;

namespace Foresee.Tests.Images;

/// <summary>Small files may not cost much, and what they cost may not be at the expense of others.</summary>
public sealed class HostileImageTests
{
    private const int Width = 64, Height = 48;

    /// <param name="orientation">As EXIF numbers it.</param>
    /// <param name="preview">Bytes behind the orientation, in the same segment.</param>
    private static byte[] Photograph(byte orientation, params byte[] preview)
    {
        var noise = new byte[Width * Height * 3];
        new Random(0).NextBytes(noise);
        var jpeg = ImageFile.EncodeJpeg(new(Width, Height, 3, noise), 90);
        byte[] exif = [.. "Exif\0\0MM\0*"u8, 0, 0, 0, 8, 0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0, 0, 0, 0, 0, .. preview];
        return [.. jpeg[..2], 0xFF, 0xE1, 0, (byte)(exif.Length + 2), .. exif, .. jpeg[2..]];
    }

    [Fact]
    public void A_picture_on_its_side_is_looked_at_without_being_decoded()
    {
        var whole = Photograph(6);
        var header = new PictureHeader(Height, Width, 3, false, 8) { Orientation = 6 };
        Assert.Equal(header, ImageFile.Look(whole, "whole.jpg"));
        Assert.Equal(header, ImageFile.Look(whole[..(whole.Length / 2)], "cut.jpg")); // decoding finds that it lacks its end
        var read = ImageFile.Read(whole, "whole.jpg", new(Width, Height, 3)); // rows, then columns
        Assert.Equal((Height, Width), (read.Width, read.Height));
    }

    /// <summary>Where pixel (y, x) of the picture as seen stands in the file, by the table of EXIF 2.32, Orientation.</summary>
    private static (int Y, int X) Stored(int orientation, int y, int x, int height, int width) => orientation switch
    {
        2 => (y, width - 1 - x),
        3 => (height - 1 - y, width - 1 - x),
        4 => (height - 1 - y, x),
        5 => (x, y),
        6 => (height - 1 - x, y),
        7 => (height - 1 - x, width - 1 - y),
        8 => (x, width - 1 - y),
        _ => (y, x),
    };

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    [InlineData(7)]
    [InlineData(8)]
    public void What_is_looked_at_is_what_is_read_in_every_orientation(int orientation)
    {
        const int Width = 5, Height = 3;
        using var scratch = new Scratch();
        var path = scratch.Write("a.tif",
            new MadeTiff(Width, Height, 1, 8) { Orientation = orientation }.File([.. Enumerable.Range(0, Width * Height)]));
        var (header, read) = (ImageFile.Look(path), ImageFile.Read(path));
        Assert.Equal(orientation < 5 ? (Width, Height) : (Height, Width), (header.Width, header.Height));
        Assert.Equal((header.Width, header.Height), (read.Width, read.Height));
        for (var y = 0; y < read.Height; y++)
            for (var x = 0; x < read.Width; x++)
            {
                var (row, column) = Stored(orientation, y, x, Height, Width);
                Assert.Equal(row * Width + column, read.Pixels[y * read.Width + x]);
            }
    }

    [Fact]
    public void Pages_that_lead_back_to_one_another_are_counted_once()
    {
        var page = new MadeTiff(4, 4, 1, 8).File(new int[16]);
        var next = 10 + BinaryPrimitives.ReadUInt16LittleEndian(page.AsSpan(8)) * 12; // where the place of the next page stands
        byte[] two = [.. page, .. page[8..next], 8, 0, 0, 0];
        BinaryPrimitives.WriteInt32LittleEndian(two.AsSpan(next), page.Length);
        Assert.Equal(2, new TiffDirectory(two).Pages);
        BinaryPrimitives.WriteInt32LittleEndian(page.AsSpan(next), 8);
        Assert.Equal(1, new TiffDirectory(page).Pages);
    }

    [Fact]
    public void Pages_that_share_their_bytes_are_not_walked_without_end()
    {
        const int Pages = 1000, Entries = ushort.MaxValue, Apart = 4;
        var file = new byte[8 + 2 + Entries * 12 + Pages * Apart];
        new byte[] { (byte)'I', (byte)'I', 42, 0, 8 }.CopyTo(file, 0);
        for (var place = 8; place < 8 + Pages * Apart; place += Apart)
        {
            BinaryPrimitives.WriteUInt16LittleEndian(file.AsSpan(place), Entries);
            BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(place + 2 + Entries * 12), place + Apart);
        }
        Assert.Equal(2, new TiffDirectory(file).Pages); // two have more entries than there is room for
    }

    [Fact]
    public void A_file_whose_fault_is_known_is_not_read_again_while_others_wait()
    {
        int Attempts(Func<bool>? explained)
        {
            var attempts = 0;
            Assert.Throws<VipsException>(() => Vips.Run<int>(() => throw new VipsException($"{++attempts}"), explained));
            return attempts;
        }

        Assert.Equal((1, 2, 2), (Attempts(() => true), Attempts(() => false), Attempts(null)));
    }

    [Fact]
    public async Task A_picture_that_is_cut_off_does_not_wait_until_all_others_are_read()
    {
        var whole = Photograph(1);
        using ManualResetEventSlim begun = new(), goOn = new();
        var other = Task.Run(() => Vips.Run(() =>
        {
            begun.Set();
            goOn.Wait();
            return true;
        }));
        begun.Wait();
        try
        {
            var read = Task.Run(() => ImageFile.Read(whole[..(whole.Length / 2)], "cut.jpg", new(48, 64, 3)));
            await Assert.ThrowsAsync<UnreadableImageException>(() => read.WaitAsync(TimeSpan.FromSeconds(30)));
        }
        finally
        {
            goOn.Set();
        }
        Assert.True(await other);
    }

    [Fact]
    public void A_photograph_that_is_cut_off_is_told_so_even_behind_a_whole_preview()
    {
        var whole = Photograph(1, 0xFF, 0xD8, 0xFF, 0xD9);
        Assert.False(FileKinds.IsCutOff(FileKind.Jpeg, whole));
        foreach (var length in new[] { whole.Length / 2, 80, 50 })
            Assert.True(FileKinds.IsCutOff(FileKind.Jpeg, whole.AsSpan(0, length)), $"{length} bytes");
        var error = Assert.Throws<UnreadableImageException>(() => ImageFile.Read(whole[..(whole.Length / 2)], "cut.jpg", new(48, 64, 3)));
        Assert.Equal("it is cut off: the file ends before its picture does", error.Reason);
    }
}
