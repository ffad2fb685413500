using System.Globalization;
using Foresee.Evaluation;

namespace Foresee.Reports;

/// <summary>The result of a comparison in plain sentences, the same in the terminal and in the report.</summary>
public static class Headline
{
    /// <summary>Accuracy, difference and labels saved where labels are scarcest; then what is saved at the other amounts.</summary>
    public static IReadOnlyList<string> Sentences(LabelComparison comparison)
    {
        var point = comparison.Method.Points[0];
        var rival = comparison.Rival?.Points.FirstOrDefault(p => p.Labels == point.Labels);
        var first = $"Top-1 accuracy with {Amount(point.Amount, comparison)}: {comparison.Method.Name} {Accuracy(point)}";
        var sentences = new List<string> { rival is null ? $"{first}." : $"{first}, {comparison.Rival!.Name} {Accuracy(rival)}." };
        if (comparison.Differences is [var difference, ..]) sentences.Add(Sentence(difference));
        sentences.AddRange(comparison.Savings.Select(saving => Sentence(saving, comparison)));
        return sentences;
    }

    /// <summary>For instance "+3.9 points".</summary>
    public static string Points(double value) => FormattableString.Invariant($"{Signed(value)} points");

    /// <summary>For instance "76.6 % (95 % interval 74.1 to 79.1, 5 draws)".</summary>
    private static string Accuracy(LabelPoint point) => point.Top1 is { Low: { } low, High: { } high, Mean: var mean }
        ? FormattableString.Invariant($"{mean:0.0} % (95 % interval {low:0.0} to {high:0.0}, {point.Draws} draws)")
        : FormattableString.Invariant($"{point.Top1.Mean:0.0} % ({(point.Draws > 1 ? "all labels: the same in every draw" : "one draw")})");

    private static string Sentence(LabelDifference difference)
    {
        var (mean, low, high) = (difference.Difference.Mean, difference.Difference.Low, difference.Difference.High);
        var text = $"The difference is {Points(mean)}";
        if (low is null || high is null) return $"{text}; one draw of labels does not tell how sure that is.";
        text += $", paired 95 % interval {Signed(low.Value)} to {Signed(high.Value)}";
        return low <= 0 && high >= 0 ? $"{text}: these draws do not tell the two apart." : $"{text}.";
    }

    private static string Sentence(LabelSaving saving, LabelComparison comparison)
    {
        var rival = comparison.Rival!.Name;
        var at = Amount(saving.Labels, comparison);
        var needed = Amount(saving.Labels * saving.Factor, comparison);
        var factor = saving.Factor.ToString("0.0", CultureInfo.InvariantCulture);
        return saving.Reading switch
        {
            _ when saving.IsUnknown => $"Labels saved at {at}: not measured, {rival} would need more than the {needed} tried.",
            FactorReading.MoreThan => $"Labels saved at {at}: more than {factor} times, {rival} is less accurate even with {needed}.",
            FactorReading.LessThan => $"Labels saved at {at}: none, {rival} is more accurate with {needed}.",
            _ when saving.Factor <= 1 => $"Labels saved at {at}: none, {rival} is as accurate with {needed}.",
            _ => $"Labels saved at {at}: {factor} times, {rival} needs {needed} to be as accurate.",
        };
    }

    private static string Amount(double amount, LabelComparison comparison)
    {
        var number = amount.ToString(amount < 10 ? "0.#" : "0", CultureInfo.InvariantCulture);
        return number == "1"
            ? $"1 {comparison.Unit.Replace("labels per", "label per", StringComparison.Ordinal)}"
            : $"{number} {comparison.Unit}";
    }

    internal static string Signed(double value) => value.ToString("+0.0;−0.0;0.0", CultureInfo.InvariantCulture);
}
