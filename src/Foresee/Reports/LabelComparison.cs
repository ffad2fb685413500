using System.Globalization;
using Foresee.Evaluation;

namespace Foresee.Reports;

/// <param name="Labels">As asked for, such as "10/class" or "1%".</param>
/// <param name="Amount">Its number, the place on the x axis.</param>
/// <param name="Top1">Per cent of the test or validation images, over draws of labels.</param>
public sealed record LabelPoint(string Labels, double Amount, Interval Top1, int Draws);

/// <summary>Accuracy over the number of labels; points in growing order.</summary>
public sealed record LabelCurve(string Name, IReadOnlyList<LabelPoint> Points);

/// <param name="Difference">Method minus rival in points, paired over the draws that both have.</param>
public sealed record LabelDifference(string Labels, double Amount, Interval Difference);

/// <summary>How accurate a method and its rival are with few labels: what Figure 1 of the CPC v2 paper shows.</summary>
/// <param name="Unit">What the x axis counts: "labels per class" or "% of the labels".</param>
/// <param name="Rival">Null when only one protocol was measured; then nothing is compared.</param>
/// <param name="Others">Further curves to show, without a comparison.</param>
public sealed record LabelComparison(
    string Data,
    string Unit,
    LabelCurve Method,
    LabelCurve? Rival,
    IReadOnlyList<LabelCurve> Others,
    IReadOnlyList<LabelDifference> Differences,
    IReadOnlyList<LabelSaving> Savings)
{
    /// <summary>Which images: "test" or "validation".</summary>
    public string MeasuredOn { get; init; } = "test";

    public IEnumerable<LabelCurve> Curves => Rival is null ? [Method, .. Others] : [Method, Rival, .. Others];

    /// <summary>
    /// The protocol of the first row against the baseline of the lowest rank that was measured, or the one which that baseline is for, see
    /// <see cref="IProtocol.Baseline"/>.
    /// </summary>
    /// <param name="names">As in the other overload.</param>
    public static LabelComparison From(IReadOnlyList<EvaluationResult> results, IReadOnlyDictionary<string, string>? names = null)
    {
        var baseline = results.Select(row => KnownProtocols.Find(row.Protocol)).Where(protocol => protocol?.Baseline is not null)
            .MinBy(protocol => protocol!.Baseline!.Rank);
        var method = baseline?.Baseline?.Against is { } against && results.Any(row => row.Protocol == against)
            ? against
            : results[0].Protocol;
        return From(results, method, baseline?.Name ?? method, names);
    }

    /// <summary>From rows of one data set, for instance those of results.csv.</summary>
    /// <param name="method">The protocol that is compared, for instance "linear".</param>
    /// <param name="rival">What it is compared with, for instance "supervised"; nothing is compared where the rows have none, or where it
    /// is the method itself.</param>
    /// <param name="names">Protocol -> what readers see; a protocol without a name shows as it is.</param>
    public static LabelComparison From(IEnumerable<EvaluationResult> results, string method, string rival, IReadOnlyDictionary<string,
        string>? names = null)
    {
        EvaluationResult[] rows = [.. results];
        (method, rival) = (KnownProtocols.NameOf(method), KnownProtocols.NameOf(rival));
        string[] data = [.. rows.Select(r => r.Data).Distinct()], protocols = [.. rows.Select(r => r.Protocol).Distinct()];
        if (data.Length != 1)
            throw new ArgumentException($"A comparison needs rows of one data set, got {data.Length}: {string.Join(", ", data)}.",
                nameof(results));
        string[] metrics = [.. rows.Select(r => r.Metric).Distinct()];
        if (metrics.Length != 1)
            throw new ArgumentException($"A comparison needs rows of one metric, got {string.Join(", ", metrics)}; choose one.",
                nameof(results));
        if (!protocols.Contains(method))
            throw new ArgumentException($"A comparison needs rows of protocol '{method}', got {string.Join(", ", protocols)}.",
                nameof(results));
        var repeated = rows.GroupBy(r => (r.Protocol, r.Labels, r.Draw)).FirstOrDefault(g => g.Count() > 1);
        if (repeated is not null)
            throw new ArgumentException($"A comparison needs one row per protocol, labels and draw, got {repeated.Count()} for "
                + $"{repeated.Key}; choose one recipe per protocol.", nameof(results));

        LabelCurve CurveOf(string protocol) => Curve(names?.GetValueOrDefault(protocol)
            ?? protocol, rows.Where(r => r.Protocol == protocol));
        var ours = CurveOf(method);
        var theirs = protocols.Contains(rival) && rival != method ? CurveOf(rival) : null;
        return new(
            data[0],
            UnitOf(rows),
            ours,
            theirs,
            [.. protocols.Where(p => p != method && p != rival).Select(CurveOf)],
            theirs is null ? [] : [.. ours.Points.SelectMany(point => Difference(point, rows, method, rival))],
            theirs is null ? [] : LabelEfficiency.Read(Means(ours), Means(theirs)))
        {
            MeasuredOn = rows[0].MeasuredOn,
        };
    }

    private static IEnumerable<CurvePoint> Means(LabelCurve curve) => curve.Points.Select(p => new CurvePoint(p.Amount, p.Top1.Mean));

    private static LabelCurve Curve(string name, IEnumerable<EvaluationResult> rows) => new(name, [.. rows
        .GroupBy(r => r.Labels)
        .Select(g => new LabelPoint(g.Key, Amount(g.Key), Spread([.. g]), g.Count()))
        .OrderBy(p => p.Amount)]);

    /// <summary>Equal numbers say nothing of a spread where nothing was drawn.</summary>
    internal static Interval Spread(EvaluationResult[] rows) => rows[0].DrawsNothing && rows.Select(r => r.Value).Distinct().Count() == 1
        ? new(rows[0].Value, null) : Statistics.Confidence([.. rows.Select(r => r.Value)]) with { OfShares = true };

    private static IEnumerable<LabelDifference> Difference(LabelPoint point, EvaluationResult[] rows, string method, string rival)
    {
        double[] differences = [.. rows
            .Where(r => r.Labels == point.Labels && r.Protocol == method)
            .Join(rows.Where(r => r.Labels == point.Labels && r.Protocol == rival), r => r.Draw, r => r.Draw, (a, b) => a.Value - b.Value)];
        return differences.Length == 0 ? [] : [new(point.Labels, point.Amount, Statistics.Confidence(differences))];
    }

    internal static double Amount(string labels) => double.Parse(labels[..^Suffix(labels).Length], CultureInfo.InvariantCulture);

    internal static string UnitOf(IReadOnlyList<EvaluationResult> rows) => rows.Select(r => Suffix(r.Labels)).Distinct().ToArray() switch
    {
        ["/class"] => "labels per class",
        ["%"] => "% of the labels",
        var mixed =>
            throw new ArgumentException($"One curve needs one unit of labels, got {string.Join(" and ", mixed)}; compare amounts per class "
                + "or shares, one at a time.", nameof(rows)),
    };

    private static string Suffix(string labels) => labels switch
    {
        _ when labels.EndsWith("/class", StringComparison.Ordinal) => "/class",
        _ when labels.EndsWith('%') => "%",
        _ => throw new ArgumentException($"Labels should read like '10/class' or '1%', got '{labels}'.", nameof(labels)),
    };
}
