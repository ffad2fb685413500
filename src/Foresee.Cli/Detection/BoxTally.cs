using System.Globalization;
using Foresee.Detection;
using Foresee.Images;

namespace Foresee.Cli;

/// <summary>What was found in many images, counted.</summary>
internal sealed class BoxTally(IReadOnlyList<string> classes)
{
    private readonly int[] counts = new int[classes.Count];
    private readonly List<SkippedImage> skipped = [];

    /// <summary>Looked at.</summary>
    public int Images { get; private set; }
    public int Boxes => counts.Sum();
    public IReadOnlyList<SkippedImage> Skipped => skipped;
    public int Seen => Images + skipped.Count;
    public bool Stopped { get; set; }

    public void Add(IReadOnlyList<DetectedObject> found)
    {
        Images++;
        foreach (var o in found) counts[o.Class]++;
    }

    public void Skip(string file, string reason) => skipped.Add(new(Seen, file, reason));

    /// <summary>"12 images, 7 boxes: cat 4, dog 3".</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Images:N0} images, {Boxes:N0} boxes: ")
        + string.Join(", ", classes.Zip(counts, (name, count) => FormattableString.Invariant($"{name} {count}")));
}
