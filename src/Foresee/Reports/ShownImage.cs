namespace Foresee.Reports;

/// <summary>An image with what was said of it.</summary>
/// <param name="Name">Its path.</param>
/// <param name="Label">Its class, a number.</param>
/// <param name="Predicted">The class of the highest probability.</param>
/// <param name="Confidence">That probability, 0 to 1.</param>
/// <param name="OfLabel">The probability of its own class.</param>
/// <param name="Second">The class of the second highest probability.</param>
/// <param name="OfSecond">That probability.</param>
/// <param name="Picture">A small JPEG; null where the image can't be read.</param>
public sealed record ShownImage(string Name, int Label, int Predicted, double Confidence, double OfLabel, int Second, double OfSecond,
    SmallPicture? Picture);

/// <param name="Jpeg">The file.</param>
public sealed record SmallPicture(ReadOnlyMemory<byte> Jpeg);

/// <param name="Similarities">Cosines, one for each of <paramref name="Nearest"/>.</param>
public sealed record ShownNeighbours(ShownImage Sample, IReadOnlyList<ShownImage> Nearest, IReadOnlyList<double> Similarities);
