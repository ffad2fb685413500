using System.Buffers.Binary;

namespace Foresee.Cli.Tests;

/// <summary>Grey 28 x 28 images in MNIST's format: class 0 lies, class 1 stands.</summary>
internal static class MadeImages
{
    private const int Side = 28, Pixels = Side * Side;

    /// <param name="labels">Receives the classes, in turn 0 and 1; null for images without labels.</param>
    public static void Write(string images, int count, string? labels = null)
    {
        var random = new Random(count);
        var bytes = Header(0x803, 16 + count * Pixels, count, Side, Side);
        for (var image = 0; image < count; image++)
        {
            var (height, width) = image % 2 == 0 ? (random.Next(3, 6), random.Next(12, 18)) : (random.Next(12, 18), random.Next(3, 6));
            int top = random.Next(Side - height), left = random.Next(Side - width);
            for (var y = top; y < top + height; y++)
                bytes.AsSpan(16 + image * Pixels + y * Side + left, width).Fill((byte)random.Next(80, 255));
        }
        File.WriteAllBytes(images, bytes);
        if (labels is null) return;
        var classes = Header(0x801, 8 + count, count);
        for (var image = 0; image < count; image++) classes[8 + image] = (byte)(image % 2);
        File.WriteAllBytes(labels, classes);
    }

    private static byte[] Header(int magic, int length, params int[] sizes)
    {
        var bytes = new byte[length];
        BinaryPrimitives.WriteInt32BigEndian(bytes, magic);
        for (var i = 0; i < sizes.Length; i++) BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(4 + 4 * i), sizes[i]);
        return bytes;
    }
}
