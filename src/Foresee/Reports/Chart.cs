namespace Foresee.Reports;

/// <summary>A line plot as report.js reads it.</summary>
/// <param name="X">Title of the axis.</param>
/// <param name="Y">Title of the axis.</param>
public sealed record Chart(string X, string Y, IReadOnlyList<ChartSeries> Series)
{
    public bool LogX { get; init; }

    /// <summary>Marks on the x axis; chosen by the library when null.</summary>
    public IReadOnlyList<double>? XTicks { get; init; }

    /// <summary>The y axis begins at 0, so that small changes look small.</summary>
    public bool FromZero { get; init; }

    /// <summary>A dashed level to compare with, and its name.</summary>
    public double? Level { get; init; }

    public string? LevelName { get; init; }

    /// <summary>Few points that each count: drawn with symbols and, where they have one, their label.</summary>
    public bool Points { get; init; }

    public IReadOnlyList<ChartArrow>? Arrows { get; init; }
}

public sealed record ChartSeries(string Name, IReadOnlyList<ChartPoint> Points);

/// <param name="Low">Lower end of the confidence band.</param>
/// <param name="Side">1 puts the label above the point, -1 below.</param>
public sealed record ChartPoint(double X, double Y, double? Low = null, double? High = null, string? Label = null, int? Side = null);

/// <summary>Level, from one curve to another.</summary>
public sealed record ChartArrow(double From, double To, double Y, string Label);
