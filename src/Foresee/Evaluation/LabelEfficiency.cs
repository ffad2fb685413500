namespace Foresee.Evaluation;

/// <summary>One measured point of a label curve: the mean top-1 accuracy with so many labels.</summary>
public readonly record struct CurvePoint(double Labels, double Accuracy);

/// <summary>How a factor was read off the rival's curve.</summary>
public enum FactorReading
{
    /// <summary>The accuracy lies within the rival's curve.</summary>
    Measured,
    /// <summary>The rival never reaches the accuracy: the factor is more than the one given.</summary>
    MoreThan,
    /// <summary>The rival's first point is already better: the factor is less than the one given.</summary>
    LessThan,
}

/// <summary>With Labels labels the method is as accurate as the rival with Factor times as many.</summary>
public readonly record struct LabelSaving(double Labels, double Accuracy, double Factor, FactorReading Reading)
{
    /// <summary>The rival was not tried with more labels, and is less accurate with as many.</summary>
    public bool IsUnknown => Reading == FactorReading.MoreThan && Factor <= 1;

    public override string ToString() => IsUnknown ? "not measured" : FormattableString.Invariant(
        $"{Reading switch { FactorReading.MoreThan => "more than ", FactorReading.LessThan => "less than ", _ => "" }}{Factor:0.0} times");
}

/// <summary>The factor of labels saved (Figure 1 of the CPC v2 paper), read off two curves of accuracy over labels.</summary>
public static class LabelEfficiency
{
    /// <summary>
    /// For each point (n, a) of the method: m / n, where m labels bring the rival to accuracy a. Between its points the rival's
    /// curve is a straight line over log labels; where it crosses a more than once, the first crossing counts (the rival's best case).
    /// </summary>
    public static IReadOnlyList<LabelSaving> Read(IEnumerable<CurvePoint> method, IEnumerable<CurvePoint> rival)
    {
        CurvePoint[] curve = [.. rival.OrderBy(p => p.Labels)];
        if (curve.Length == 0) throw new ArgumentException("The rival's curve needs at least one point, got none.", nameof(rival));
        return [.. method.OrderBy(p => p.Labels).Select(point => Read(point, curve))];
    }

    private static LabelSaving Read(CurvePoint point, CurvePoint[] curve)
    {
        LabelSaving At(double labels, FactorReading reading) => new(point.Labels, point.Accuracy, labels / point.Labels, reading);

        if (curve[0].Accuracy > point.Accuracy) return At(curve[0].Labels, FactorReading.LessThan);
        if (curve[0].Accuracy == point.Accuracy) return At(curve[0].Labels, FactorReading.Measured);
        for (var i = 1; i < curve.Length; i++)
        {
            if (curve[i].Accuracy < point.Accuracy) continue;
            var share = (point.Accuracy - curve[i - 1].Accuracy) / (curve[i].Accuracy - curve[i - 1].Accuracy);
            return At(curve[i - 1].Labels * Math.Pow(curve[i].Labels / curve[i - 1].Labels, share), FactorReading.Measured);
        }
        return At(curve[^1].Labels, FactorReading.MoreThan);
    }
}
