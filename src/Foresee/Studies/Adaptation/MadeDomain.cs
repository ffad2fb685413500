using System.Globalization;
using Foresee.Images;
using Foresee.Labels;
using Foresee.Torch.Files;

namespace Foresee.Studies.Adaptation;

/// <summary>How a second domain is made from images that are there.</summary>
public enum MadeLook
{
    /// <summary>255 - v: the classes are where they were, light and dark have changed places.</summary>
    Inverted,

    /// <summary>
    /// |v - t|, t a texture of its own for each image, as MNIST-M is made from photographs (Ganin et al. 2016, section 5.2.4).
    /// </summary>
    Textured,
}

/// <summary>
/// The same images in another look, to try adaptation on: what was lost and won can be measured, since the labels are known.
/// </summary>
public static class MadeDomain
{
    private const int Waves = 4;
    private const double Slowest = 1, Fastest = 6; // waves across an image

    /// <summary>The image in another look; alpha stays.</summary>
    /// <param name="seed">Of the texture.</param>
    public static Image Change(Image image, MadeLook look, ulong seed)
    {
        var pixels = (byte[])image.Pixels.Clone();
        for (var channel = 0; channel < image.Colours; channel++)
        {
            var texture = look == MadeLook.Textured ? Texture(image.Width, image.Height, new SeededOrder(seed, (ulong)channel)) : null;
            for (int i = channel, place = 0; i < pixels.Length; i += image.Channels, place++)
                pixels[i] = (byte)(texture is null ? 255 - pixels[i] : Math.Abs(pixels[i] - texture[place]));
        }
        return image with { Pixels = pixels, StoredBits = 8 };
    }

    /// <summary>128 + 127 times the mean of sines of random direction, length and phase, row by row.</summary>
    private static byte[] Texture(int width, int height, SeededOrder random)
    {
        double Uniform() => random.Below(1 << 24) / (double)(1 << 24);
        var waves = new (double X, double Y, double Phase)[Waves];
        foreach (ref var wave in waves.AsSpan())
        {
            var (angle, speed) = (Math.PI * Uniform(), 2 * Math.PI * (Slowest + (Fastest - Slowest) * Uniform()));
            wave = (Math.Cos(angle) * speed / width, Math.Sin(angle) * speed / height, 2 * Math.PI * Uniform());
        }
        var texture = new byte[width * height];
        for (var y = 0; y < height; y++)
            for (var x = 0; x < width; x++)
                texture[y * width + x] = (byte)(128 + 127 * waves.Sum(wave => Math.Sin(wave.X * x + wave.Y * y + wave.Phase)) / Waves);
        return texture;
    }

    /// <summary>
    /// Writes train/ and test/ of class folders, or class folders alone where there is no test part. Files that are there are left as they
    /// are, so that a stopped start can go on.
    /// </summary>
    /// <param name="perClass">The first so many images of each class and part; null for all.</param>
    /// <param name="progress">Images done, of how many.</param>
    /// <returns>Images of each part.</returns>
    /// <exception cref="ImageDataException">A class can't be the name of a folder.</exception>
    public static IReadOnlyList<int> Write(LabelledSplits data, MadeLook look, string folder, int? perClass,
        Action<int, int>? progress = null, CancellationToken cancel = default)
    {
        if (data.Train.Classes.FirstOrDefault(name => name.Contains('/', StringComparison.Ordinal) || name is "." or "..") is { } odd)
            throw new ImageDataException($"The class '{odd}' of {data.Train.Images.Name} can't be the name of a folder; name the folder of "
                + "its IDX files instead, whose classes are numbers, or rename the class.");
        var parts = new[] { ("train", data.Train), ("test", data.Test) }.Where(part => part.Item2 is not null)
            .Select(part => (Name: part.Item1, Images: part.Item2!, Chosen: First(part.Item2!, perClass))).ToArray();
        var (done, of) = (0, parts.Sum(part => part.Chosen.Length));
        foreach (var (number, part) in parts.Index())
            foreach (var index in part.Chosen)
            {
                cancel.ThrowIfCancellationRequested();
                var home = Path.Combine(folder, data.Test is null ? "" : part.Name, part.Images.Classes[part.Images.Labels[index]]);
                var file = Path.Combine(home, index.ToString("00000", CultureInfo.InvariantCulture) + ".png");
                if (!File.Exists(file))
                {
                    Directory.CreateDirectory(home);
                    var changed = Change(part.Images.Images.Read(index), look, 2 * (ulong)index + (ulong)number);
                    AtomicFile.Write(file, ImageFile.EncodePng(changed));
                }
                progress?.Invoke(++done, of);
            }
        return [.. parts.Select(part => part.Chosen.Length)];
    }

    private static int[] First(LabelledImages images, int? perClass)
    {
        var taken = new int[images.Classes.Length];
        return [.. Enumerable.Range(0, images.Images.Count).Where(i => taken[images.Labels[i]]++ < (perClass ?? int.MaxValue))];
    }
}
