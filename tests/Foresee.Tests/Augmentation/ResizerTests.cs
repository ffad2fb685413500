using Foresee.Augmentation;
using Foresee.Torch;
using Foresee.Torch.Files;

namespace Foresee.Tests.Augmentation;

/// <summary>Windows resized to views, against what torchvision (antialias=True) and PIL made of them.</summary>
public sealed class ResizerTests : IDisposable
{
    private readonly TensorScope scope = TensorScope.Begin();
    private readonly IReadOnlyDictionary<string,
        Tensor> fixtures = Safetensors.Read(Path.Combine(AppContext.BaseDirectory, "fixtures", "views.safetensors")).Tensors;

    public void Dispose() => scope.Dispose();

    [Theory]
    [InlineData("0 0 40 30 16 12")] // reduced in both directions
    [InlineData("3 2 9 7 16 16")]   // enlarged in both
    [InlineData("5 1 31 28 8 13")]
    [InlineData("10 4 6 25 14 9")]  // enlarged downwards, reduced across
    [InlineData("7 8 12 12 12 12")] // as large as the view
    public void A_window_is_shown_as_torchvision_and_PIL_show_it(string name)
    {
        int[] sizes = [.. name.Split(' ').Select(int.Parse)];
        var (window, height, width) = (new Window(sizes[0], sizes[1], sizes[2], sizes[3]), sizes[4], sizes[5]);
        foreach (var (kind, channels) in new[] { ("rgb", 3), ("grey", 1) })
        {
            var view = Shown(kind, window, channels, height, width);
            Made.Near(fixtures[$"{kind} torchvision {name}"].ToArray<float>(), view, 1e-6, kind);
            Made.Near(fixtures[$"{kind} pil {name}"].ToArray<float>(), view, 1e-6, kind);
            var rows = view.Chunk(width).Select(row => row.Reverse().ToArray()).Chunk(height).SelectMany(plane => plane.Reverse())
                .SelectMany(row => row);
            Assert.Equal(rows, Shown(kind, window, channels, height, width, mirrored: true, upsideDown: true));
        }
    }

    [Theory]
    [InlineData("0.1")]
    [InlineData("0.7")]
    [InlineData("2.0")]
    public void The_blur_of_a_rectangle_with_a_wide_kernel_is_torchvision_s(string deviation)
    {
        foreach (var (kind, channels) in new[] { ("rgb", 3), ("grey", 1) })
        {
            float[] values = [.. fixtures[kind].ToArray<byte>().Select(level => level / 255f)];
            Blur.Apply(new(values, new float[values.Length], channels, 40, 30, ValueRange.Unit, 0),
                float.Parse(deviation, System.Globalization.CultureInfo.InvariantCulture), reach: 11);
            Made.Near(fixtures[$"{kind} blur {deviation}"].ToArray<float>(), values, 5e-6, kind); // five deviations are seen of the kernel
        }
    }

    private float[] Shown(string kind, Window window, int channels, int height, int width, bool mirrored = false, bool upsideDown = false)
    {
        var view = new float[channels * height * width];
        new WindowReader(new(height, width, channels))
            .Read(new(fixtures[kind].Data<byte>(), [], channels, 40, 30), 0, window, mirrored, upsideDown, view);
        return view;
    }
}
