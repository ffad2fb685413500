namespace Foresee.Images;

/// <summary>
/// Which values of 16-bit files become 0 and 255; what lies between them in proportion, what lies outside is cut off. 8-bit files
/// stay as they are: whoever brought them to 8 bits chose a window.
/// </summary>
/// <param name="Black">0 to 65534: one for all channels, so that colours stay, or one for each, where channels are measured in units of
/// their own.</param>
/// <param name="White">As many, each above its black.</param>
public sealed record LevelWindow(IReadOnlyList<int> Black, IReadOnlyList<int> White)
{
    /// <summary>Values that 16 bits can have.</summary>
    public const int Levels = 65536;

    private const int Largest = Levels - 1;
    private const double CutOff = 0.001; // share of the values at each end: a broken detector pixel must not decide

    /// <summary>All values, whether they occur or not.</summary>
    public static LevelWindow Whole { get; } = new([0], [Largest]);

    /// <summary>The window in which all but 1 in 1,000 values lie at each end.</summary>
    /// <param name="counts">Of each channel, how often each value from 0 to 65535 occurs.</param>
    public static LevelWindow Around(IReadOnlyList<long[]> counts)
    {
        int[] black = [.. counts.Select(values => Math.Min(Largest - 1, Quantile(values, CutOff)))];
        return new(black, [.. counts.Zip(black, (values, low) => Math.Max(low + 1, Quantile(values, 1 - CutOff)))]);
    }

    /// <summary>The least value that so large a share of all does not exceed.</summary>
    private static int Quantile(long[] counts, double share)
    {
        var (least, seen, value) = (share * counts.Sum(), 0L, -1);
        while (seen < least) seen += counts[++value];
        return Math.Max(0, value);
    }

    /// <summary>Adds this record's faults to the list.</summary>
    public void Validate(int channels, ICollection<string> faults)
    {
        if (Black.Count != White.Count || (Black.Count != 1 && Black.Count != channels))
            faults.Add($"the window for 16 bits needs 1 black and 1 white, or {channels} of each, got {Black.Count} and {White.Count}");
        else if (Black.Zip(White).Any(pair => pair.First < 0 || pair.Second > Largest || pair.First >= pair.Second))
            faults.Add($"the window for 16 bits must rise within 0..{Largest}, got {this}");
    }

    public bool Equals(LevelWindow? other) => other is not null && Black.SequenceEqual(other.Black) && White.SequenceEqual(other.White);

    public override int GetHashCode() => HashCode.Combine(Black.Count, Black.FirstOrDefault(), White.FirstOrDefault());

    /// <summary>"12 to 4012"; of several channels with commas between them.</summary>
    public override string ToString() => string.Join(", ", Black.Zip(White, (black, white) => $"{black} to {white}"));
}
