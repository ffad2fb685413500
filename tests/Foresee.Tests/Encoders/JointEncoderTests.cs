using Foresee.Encoders;
using Foresee.Images;
using Foresee.Torch;

namespace Foresee.Tests.Encoders;

public sealed class JointEncoderTests
{
    private static ConvEncoder Conv(InputFormat input, ulong seed)
    {
        using var generator = new Generator(seed);
        var encoder = new ConvEncoder(new(8, [1, 1], ResidualOrder.Plain, ConvStem.Small), input, generator);
        encoder.Train(false);
        return encoder;
    }

    private static Image Noise(int side, int channels) =>
        new(side, side, channels, [.. Enumerable.Range(0, side * side * channels).Select(i => (byte)(i * 7919 % 251))]);

    /// <summary>[1, C, height, width] as a file of these pixels would be read for the encoder.</summary>
    private static Tensor Read(Image image, InputFormat input)
    {
        var fitted = ImageFile.Fit(image, input, "noise");
        var planes = new byte[input.Bytes];
        fitted.CopyPlanes(planes);
        return Tensor.From<byte>(planes, 1, input.Channels, input.ReadHeight, input.ReadWidth);
    }

    /// <summary>The mean over the grid, divided by the sum of sizes.</summary>
    private static float[] Alone(Encoder encoder, Image image)
    {
        using var scope = TensorScope.Begin();
        using var trained = TrainedEncoder.Of(encoder, Device.Cpu);
        var row = trained.Features(Read(image, encoder.Input)).Mean([1, 2]).ToArray<float>();
        var sum = row.Sum(Math.Abs);
        return [.. row.Select(value => value / sum)];
    }

    [Fact]
    public void Each_part_says_what_it_says_alone_whatever_its_size_norm_and_channels()
    {
        using var scope = TensorScope.Begin();
        var large = new InputFormat(24, 24, 3) { Mean = [0.5, 0.4, 0.3], Std = [0.2, 0.3, 0.25], Small = SmallImages.Enlarge };
        var small = new InputFormat(16, 16, 3) { Margin = 2, Mean = [0.1, 0.2, 0.3], Std = [0.5, 0.4, 0.3] };
        var grey = new InputFormat(24, 24, 1);
        var image = Noise(24, 3);
        ConvEncoder[] Parts() => [Conv(large, 1), Conv(small, 2), Conv(grey, 3)];
        var expected = Parts().SelectMany(part =>
        {
            using (part) return Alone(part, image);
        }).ToArray();

        using var joint = JointEncoder.Of(Parts());
        joint.Train(false);
        Assert.Equal((24, 24, 3, 48), (joint.Input.Height, joint.Input.Width, joint.Input.Channels, joint.Features));
        using var trained = TrainedEncoder.Of(joint, Device.Cpu);
        var grid = trained.Features(Read(image, joint.Input));
        Assert.Equal([1L, 1, 1, 48], grid.Shape);
        // Files are rounded to 8 bits after they are reduced or made grey; the joint encoder's parts see the values before.
        foreach (var (i, (a, b)) in expected.Zip(grid.ToArray<float>()).Index()) Assert.Equal(a, b, i < 16 ? 1e-6f : 2e-3f);

        var path = Path.GetTempFileName();
        EncoderFile.Write(path, joint);
        using var read = EncoderFile.Read(path);
        File.Delete(path);
        Assert.Equal(joint.Options, read.Options);
        using var again = TrainedEncoder.Of(read, Device.Cpu);
        Assert.Equal(grid.ToArray<float>(), again.Features(Read(image, joint.Input)).ToArray<float>());
    }

    [Fact]
    public void Weights_are_drawn_anew_part_by_part_and_gradients_reach_all()
    {
        using var scope = TensorScope.Begin();
        var input = new InputFormat(16, 16, 3);
        using var joint = JointEncoder.Of([Conv(input, 1), Conv(input, 2)]);
        using var trained = TrainedEncoder.Of(joint, Device.Cpu);
        using var generator = new Generator(4);
        var images = Tensor.Rand([2, 3, 16, 16], generator);
        trained.Latents(images).Square().Sum().Backward();
        Assert.All(joint.Parameters(), parameter => Assert.True(parameter.Value.Grad!.Abs().Sum().ToDouble() > 0, parameter.Name));
        var pixels = Read(Noise(16, 3), input);
        var before = trained.Features(pixels).ToArray<float>();
        trained.Forget(7);
        Assert.NotEqual(before, trained.Features(pixels).ToArray<float>());
        Assert.All(joint.State(), tensor => Assert.False(joint.IsMeasured(tensor.Name)));
    }

    [Fact]
    public void Encoders_that_see_different_images_are_refused()
    {
        using var scope = TensorScope.Begin();
        Encoder[] channels = [Conv(new(16, 16, 4), 1), Conv(new(16, 16, 3), 2)];
        Assert.Contains("sees 3 channels, and the images have 4", Assert.Throws<ArgumentException>(() => JointEncoder.Of(channels)).Message,
            StringComparison.Ordinal);
        LevelWindow Window(int white) => new([0], [white]);
        Encoder[] windows = [Conv(new(16, 16, 1) { Window = Window(1000) }, 1), Conv(new(16, 16, 1) { Window = Window(2000) }, 2)];
        Assert.Contains("16-bit images", Assert.Throws<ArgumentException>(() => JointEncoder.Of(windows)).Message, StringComparison.Ordinal);
        foreach (var encoder in channels.Concat(windows)) encoder.Dispose();
    }
}
