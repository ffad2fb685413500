namespace Foresee.Torch.Layers;

/// <summary>Height and width of a kernel, stride or padding; one number means both.</summary>
public readonly record struct Extent(int Height, int Width)
{
    public static implicit operator Extent(int both) => new(both, both);
    public static implicit operator Extent((int Height, int Width) size) => new(size.Height, size.Width);

    internal long[] ToArray() => [Height, Width];
}
