using Foresee.Detection;
using Foresee.Encoders;
using Foresee.Images;
using Foresee.Tests.Images;
using Foresee.Torch;

namespace Foresee.Tests.Detection;

/// <summary>Pictures of red and blue squares on grey, with their boxes.</summary>
internal static class MadeCells
{
    public static readonly string[] Classes = ["blue", "red"];

    public static AnnotatedImages Write(Scratch scratch, int count, int width = 64, int height = 48)
    {
        var (random, images) = (new SeededOrder(7), new List<AnnotatedImage>());
        for (var i = 0; i < count; i++)
        {
            byte[] pixels = [.. Enumerable.Repeat((byte)90, width * height * 3)];
            var objects = new List<Annotation>();
            foreach (var (name, channel) in new[] { ("blue", 2), ("red", 0) })
            {
                var (w, h) = (14 + random.Below(8), 14 + random.Below(8));
                // each in its half, so that they don't cover each other
                var (left, top) = ((channel == 2 ? 1 : width / 2 + 1) + random.Below(width / 2 - w - 1), 1 + random.Below(height - h - 1));
                for (var y = top; y < top + h; y++)
                    for (var x = left; x < left + w; x++) pixels[(y * width + x) * 3 + channel] = 250;
                objects.Add(new(name, new(left, top, left + w, top + h)));
            }
            var file = scratch.Write($"JPEGImages/{i:000}.png", ImageFile.EncodePng(new(width, height, 3, pixels)));
            images.Add(new(file, width, height, objects));
        }
        return new("cells", images, []);
    }

    /// <summary>Strides 2, 4 and 8.</summary>
    public static Encoder Encoder(Generator generator, int width = 64, int height = 48) =>
        new ConvEncoderOptions(8, [1, 1, 1], ResidualOrder.Plain, ConvStem.Medium)
            .Build(new(height, width, 3) { Mean = [.4, .4, .4], Std = [.2, .2, .2] }, generator);

    public static Encoder Patches(Generator generator) =>
        new PatchGridOptions(16, 8, PatchEncoderOptions.Small16(3))
            .Build(new(48, 64, 3) { Mean = [.4, .4, .4], Std = [.2, .2, .2] }, generator);

    public static DetectorOptions Options(DetectorNetwork network = DetectorNetwork.Pyramid) => new()
    {
        Network = network,
        Channels = 16,
        Hidden = 32,
        FinestStride = 4,
        AnchorStrides = [2, 4],
        AnchorSizes = [16, 24],
        RegionSize = 4,
        RegionsPerImage = 32,
        Proposals = 200,
    };
}
