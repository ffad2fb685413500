namespace Foresee.Detection;

/// <summary>What a detection is by the rules of a score.</summary>
public enum Outcome
{
    /// <summary>It finds an object.</summary>
    Hit,

    /// <summary>It finds none, or one that a better one has found.</summary>
    Miss,

    /// <summary>It finds what does not count.</summary>
    Ignored,
}

/// <summary>
/// Precision TP / (TP + FP) and recall TP / objects as detections are taken by descending score, and what is made of them.
/// </summary>
public sealed record PrecisionCurve(IReadOnlyList<double> Precision, IReadOnlyList<double> Recall)
{
    private const double Slack = 1e-12; // sums of tenths

    /// <param name="outcomes">By descending score.</param>
    /// <param name="objects">That count; above 0.</param>
    public static PrecisionCurve Of(IEnumerable<Outcome> outcomes, int objects)
    {
        var (precision, recall, hits, all) = (new List<double>(), new List<double>(), 0, 0);
        foreach (var outcome in outcomes.Where(outcome => outcome != Outcome.Ignored))
        {
            all++;
            if (outcome == Outcome.Hit) hits++;
            precision.Add((double)hits / all);
            recall.Add((double)hits / objects);
        }
        return new(precision, recall);
    }

    /// <summary>1/11 Σ over recall t = 0, 0.1, .. 1 of the highest precision where recall is at least t (VOC 2007).</summary>
    public double ElevenPoints() => Enumerable.Range(0, 11).Average(tenth =>
        Recall.Zip(Precision).Where(point => point.First >= tenth / 10.0 - Slack).Select(point => point.Second).DefaultIfEmpty(0).Max());

    /// <summary>The area below the envelope: Σ Δrecall · highest precision from there on (VOC 2010 and later).</summary>
    public double Area()
    {
        var (envelope, area, before) = (Envelope(), 0.0, 0.0);
        for (var i = 0; i < envelope.Length; i++)
        {
            area += (Recall[i] - before) * envelope[i];
            before = Recall[i];
        }
        return area;
    }

    /// <summary>The mean of the envelope at recall 0, 0.01, .. 1, there where recall first reaches it (COCO).</summary>
    public double HundredAndOnePoints()
    {
        var (envelope, sum, at) = (Envelope(), 0.0, 0);
        for (var t = 0; t <= 100; t++)
        {
            while (at < envelope.Length && Recall[at] < t * 0.01 - Slack) at++;
            if (at < envelope.Length) sum += envelope[at];
        }
        return sum / 101;
    }

    /// <summary>The highest precision at this recall or a higher one.</summary>
    public double[] Envelope()
    {
        double[] envelope = [.. Precision];
        for (var i = envelope.Length - 2; i >= 0; i--) envelope[i] = Math.Max(envelope[i], envelope[i + 1]);
        return envelope;
    }
}
