namespace Foresee.Images.Decoding;

/// <summary>
/// The weights of Lanczos' filter with three lobes along one side: for each place of the result the first place of the source that it
/// takes from, and the weights from there on, which sum to 1. The filter is as wide as the reduction asks for, so nothing aliases.
/// </summary>
internal sealed class Taps
{
    private const double Lobes = 3;
    private readonly int source, covered, start;

    [ThreadStatic] private static Taps? lastDown, lastAcross;

    /// <param name="source">Places of the source, which become <paramref name="covered"/>.</param>
    /// <param name="start">Of the covered places, <paramref name="count"/> from here on are taken.</param>
    public Taps(int source, int covered, int start, int count)
    {
        (this.source, this.covered, this.start) = (source, covered, start);
        var scale = (double)source / covered;
        var stretch = Math.Max(1, scale); // an enlargement reads between the places of the source, not between those of the result
        var reach = covered == source ? 0.5 : Lobes * stretch;
        Width = Math.Min(source, (int)Math.Ceiling(2 * reach) + 1);
        (First, Weights) = (new int[count], new float[count * Width]);
        for (var i = 0; i < count; i++)
        {
            var centre = (start + i + 0.5) * scale;
            First[i] = Math.Clamp((int)Math.Floor(centre - reach), 0, source - Width);
            Weigh(Weights.AsSpan(i * Width, Width), First[i] + 0.5 - centre, stretch);
        }
    }

    /// <summary>Weights for each place of the result.</summary>
    public int Width { get; }

    public int[] First { get; }

    /// <summary>Count x Width.</summary>
    public float[] Weights { get; }

    public ReadOnlySpan<float> Of(int place) => Weights.AsSpan(place * Width, Width);

    /// <summary>The thread's last taps, which often fit the next picture: to compute them costs as much as to use them.</summary>
    public static Taps Down(int source, int covered, int count) => Last(ref lastDown, source, covered, count);

    /// <inheritdoc cref="Down"/>
    public static Taps Across(int source, int covered, int count) => Last(ref lastAcross, source, covered, count);

    private static Taps Last(ref Taps? last, int source, int covered, int count)
    {
        var start = (covered - count) / 2;
        var fits = last is not null && (last.source, last.covered, last.start, last.First.Length) == (source, covered, start, count);
        return fits ? last! : last = new(source, covered, start, count);
    }

    private static void Weigh(Span<float> weights, double distance, double stretch)
    {
        var sum = 0f;
        for (var k = 0; k < weights.Length; k++) sum += weights[k] = (float)Lanczos((distance + k) / stretch);
        for (var k = 0; k < weights.Length; k++) weights[k] /= sum;
    }

    private static double Lanczos(double x)
    {
        if (Math.Abs(x) < 1e-8) return 1;
        if (Math.Abs(x) >= Lobes) return 0;
        return Lobes * Math.Sin(Math.PI * x) * Math.Sin(Math.PI * x / Lobes) / (Math.PI * Math.PI * x * x);
    }
}
