using Foresee.Images;

namespace Foresee.Benchmarks;

/// <summary>Images in memory, all of one form.</summary>
internal sealed class HeldImages(Image[] images) : IImageSource
{
    public string Name => "images in memory";
    public int Count => images.Length;
    public string Describe(int index) => $"image {index} in memory";
    public Image Read(int index) => images[index];
    public Image Read(int index, InputFormat fit) => ImageFile.Fit(images[index], fit, Describe(index));
    public bool Holds(InputFormat fit) => fit.Matches(images[0]);
    public string Hash(CancellationToken cancel = default) =>
        throw new NotSupportedException("Images that are only held in memory have no identity; write them to a folder.");
}

/// <summary>Pictures for timing: overlapping rectangles on a gradient, with noise.</summary>
internal static class MadeImages
{
    /// <summary>The same for the same seed.</summary>
    /// <param name="channels">1 grey or 3 RGB.</param>
    public static HeldImages Draw(int count, int height, int width, int channels, int seed = 0) =>
        new([.. Enumerable.Range(0, count).Select(index => Draw(new Random(seed + index), height, width, channels))]);

    private static Image Draw(Random random, int height, int width, int channels)
    {
        var pixels = new byte[height * width * channels];
        for (var c = 0; c < channels; c++)
        {
            var level = 60 + 120 * random.NextDouble();
            var (down, across) = (60 * (random.NextDouble() - 0.5), 60 * (random.NextDouble() - 0.5));
            for (var y = 0; y < height; y++)
                for (var x = 0; x < width; x++)
                    Set(y, x, c, level + down * y / height + across * x / width);
        }
        for (var shape = 0; shape < 6; shape++)
        {
            var (top, left) = (random.Next(height), random.Next(width));
            var bottom = Math.Min(height, top + 1 + random.Next(height / 2));
            var right = Math.Min(width, left + 1 + random.Next(width / 2));
            for (var c = 0; c < channels; c++)
            {
                var level = random.Next(256);
                for (var y = top; y < bottom; y++)
                    for (var x = left; x < right; x++) Set(y, x, c, level);
            }
        }
        for (var i = 0; i < pixels.Length; i++) pixels[i] = (byte)Math.Clamp(pixels[i] + random.Next(-10, 11), 0, 255);
        return new(width, height, channels, pixels);

        void Set(int y, int x, int c, double value) => pixels[(y * width + x) * channels + c] = (byte)Math.Clamp(value, 0, 255);
    }
}
