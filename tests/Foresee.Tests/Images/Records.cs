using Foresee.Images;

namespace Foresee.Tests.Images;

/// <summary>Small sets in the binary formats of CIFAR and STL-10, whose pixels a formula gives.</summary>
internal static class Records
{
    /// <summary>Any value that tells image, channel, row and column apart.</summary>
    public static byte Value(int image, int channel, int y, int x) => (byte)(101 * image + 67 * channel + 3 * y + 7 * x);

    /// <summary>As images hold pixels: row by row, the channels of a pixel side by side.</summary>
    public static byte[] Pixels(int image, int side) =>
        [.. from y in Enumerable.Range(0, side) from x in Enumerable.Range(0, side) from channel in Enumerable.Range(0,
            3) select Value(image, channel, y, x)];

    /// <summary>A record of CIFAR: labels, then planes row by row.</summary>
    public static byte[] Cifar(int image, params byte[] labels) =>
        [.. labels, .. from channel in Enumerable.Range(0, 3) from y in Enumerable.Range(0, 32) from x in Enumerable.Range(0,
            32) select Value(image, channel, y, x)];

    /// <summary>A record of STL-10: planes column by column.</summary>
    public static byte[] Stl(int image) =>
        [.. from channel in Enumerable.Range(0, 3) from x in Enumerable.Range(0, 96) from y in Enumerable.Range(0, 96) select Value(image,
            channel, y, x)];

    /// <summary>4 training images in two batches, of the classes frog and ship; 2 test images.</summary>
    public static void WriteCifar10(Scratch scratch)
    {
        scratch.Write("data_batch_1.bin", [.. Cifar(0, 1), .. Cifar(1, 0), .. Cifar(2, 1)]);
        scratch.Write("data_batch_2.bin", Cifar(3, 0));
        scratch.Write("test_batch.bin", [.. Cifar(4, 1), .. Cifar(5, 0)]);
        scratch.Write("batches.meta.txt", "frog\nship\n\n"u8.ToArray());
    }

    /// <summary>2 training, 3 unlabelled and 1 test image, of the classes cat and monkey.</summary>
    public static void WriteStl10(Scratch scratch)
    {
        scratch.Write("train_X.bin", [.. Stl(0), .. Stl(1)]);
        scratch.Write("train_y.bin", [2, 1]);
        scratch.Write("unlabeled_X.bin", [.. Stl(2), .. Stl(3), .. Stl(4)]);
        scratch.Write("test_X.bin", Stl(5));
        scratch.Write("test_y.bin", [1]);
        scratch.Write("class_names.txt", "cat\nmonkey\n"u8.ToArray());
    }

    public static void WriteCifar100(Scratch scratch)
    {
        scratch.Write("train.bin", [.. Cifar(0, 1, 2), .. Cifar(1, 0, 0)]);
        scratch.Write("test.bin", Cifar(2, 0, 1));
        scratch.Write("fine_label_names.txt", "apple\nbear\ncloud\n"u8.ToArray());
        scratch.Write("coarse_label_names.txt", "alive\nweather\n"u8.ToArray());
    }

    public static IEnumerable<byte[]> Read(IImageSource images) => Enumerable.Range(0, images.Count).Select(i => images.Read(i).Pixels);
}
