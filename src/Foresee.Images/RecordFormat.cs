namespace Foresee.Images;

/// <summary>How the pixels of a colour plane follow each other.</summary>
public enum PlaneOrder
{
    /// <summary>Row by row, as CIFAR stores them.</summary>
    Rows,

    /// <summary>Column by column, as MATLAB stores matrices; so STL-10.</summary>
    Columns,
}

/// <summary>
/// Records of one length, an image each: a few bytes that are no pixels, then the red, the green and the blue plane, 8 bit.
/// </summary>
/// <param name="Prefix">Bytes before the pixels; images leave them out.</param>
public sealed record RecordFormat(int Prefix, int Height, int Width, PlaneOrder Order)
{
    public const int Channels = 3;

    /// <summary>Bytes of the three planes.</summary>
    public int Pixels => Channels * Height * Width;

    /// <summary>Bytes of a record.</summary>
    public int Bytes => Prefix + Pixels;
}
