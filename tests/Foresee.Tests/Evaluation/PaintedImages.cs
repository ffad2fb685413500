using Foresee.Images;

namespace Foresee.Tests.Evaluation;

/// <summary>Grey squares; by default image i is filled with the value i.</summary>
internal sealed class PaintedImages(int count, int side, Action<int, byte[]>? paint = null) : IImageSource
{
    public string Name => "painted";
    public int Count => count;
    public string Describe(int index) => $"painted[{index}]";
    public Image Read(int index, InputFormat fit) => Read(index);
    public string Hash(CancellationToken cancel = default) => "";

    public Image Read(int index)
    {
        var pixels = new byte[side * side];
        if (paint is null) Array.Fill(pixels, (byte)index);
        else paint(index, pixels);
        return new(side, side, 1, pixels);
    }
}
