using System.Globalization;
using Foresee.Labels;
using Foresee.Torch.Files;

namespace Foresee.Benchmarks;

/// <summary>A candidate of one fit, learnt from all labels of the draw.</summary>
/// <param name="CrossValidated">Per cent, what fit knew of it.</param>
/// <param name="Measured">Per cent of images that fit did not see.</param>
internal sealed record ChoiceRow(string Start, string Protocol, bool Chosen, double CrossValidated, double Measured)
{
    /// <summary>Expected calibration error in points.</summary>
    public double CalibrationError { get; init; }

    /// <summary>Per cent of images whose set of 90 % holds their class; NaN where there are too few labels for sets.</summary>
    public double Coverage { get; init; }

    /// <summary>Classes in a set, on average.</summary>
    public double SetSize { get; init; }
    public double Temperature { get; init; }
}

/// <summary>The rows of all draws, kept in a file.</summary>
internal sealed class ChoiceTable
{
    private const string Header =
        "labels,draw,start,protocol,chosen,cross_validated,measured,calibration_error,coverage,set_size,temperature";

    private readonly string path;
    private readonly List<(string Labels, int Draw, ChoiceRow Row)> rows = [];

    public ChoiceTable(string path)
    {
        this.path = path;
        if (!File.Exists(path)) return;
        double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);
        foreach (var line in File.ReadLines(path).Skip(1))
        {
            var cells = line.Split(',');
            rows.Add((cells[0], int.Parse(cells[1], CultureInfo.InvariantCulture),
                new(cells[2], cells[3], cells[4] == "1", Number(cells[5]), Number(cells[6]))
                {
                    CalibrationError = Number(cells[7]),
                    Coverage = Number(cells[8]),
                    SetSize = Number(cells[9]),
                    Temperature = Number(cells[10]),
                }));
        }
    }

    public bool Has(LabelAmount labels, int draw) => rows.Any(row => row.Labels == $"{labels}" && row.Draw == draw);

    public void Add(LabelAmount labels, int draw, IEnumerable<ChoiceRow> measured)
    {
        rows.AddRange(measured.Select(row => ($"{labels}", draw, row)));
        AtomicFile.Write(path, string.Concat(rows.Select(row => Line(row.Labels, row.Draw, row.Row)).Prepend(Header + "\n")));
    }

    private static string Line(string labels, int draw, ChoiceRow row)
    {
        double[] numbers = [row.CrossValidated, row.Measured, row.CalibrationError, row.Coverage, row.SetSize, row.Temperature];
        return $"{labels},{draw},{row.Start},{row.Protocol},{(row.Chosen ? 1 : 0)},"
            + string.Join(',', numbers.Select(number => number.ToString("0.000", CultureInfo.InvariantCulture))) + "\n";
    }

    /// <summary>
    /// A line per amount of labels: what was chosen, how far behind the best it stayed, and what its probabilities are worth.
    /// </summary>
    public IEnumerable<string> InWords() => rows.GroupBy(row => row.Labels).Select(labels =>
    {
        var draws = labels.GroupBy(row => row.Draw)
            .Select(draw => (Chosen: draw.First(row => row.Row.Chosen).Row, Best: draw.Max(row => row.Row.Measured))).ToList();
        // By one rule for all draws; the best of each draw is hindsight of a luckier kind.
        var best = labels.GroupBy(row => $"{row.Row.Start} {row.Row.Protocol}").Where(same => same.Count() == draws.Count)
            .MaxBy(same => same.Average(row => row.Row.Measured));
        string Mean(Func<ChoiceRow, double> what) => In(draws.Average(draw => what(draw.Chosen)));
        var behind = draws.Select(draw => draw.Best - draw.Chosen.Measured).ToList();
        return $"{labels.Key}, {draws.Count} draws: chosen {Mean(row => row.Measured)} % ("
            + string.Join("; ", draws.Select(draw => $"{draw.Chosen.Start} {draw.Chosen.Protocol}").Distinct())
            + (best is null ? ")" : $"), best in all draws {best.Key} {In(best.Average(row => row.Row.Measured))} %")
            + $", behind the best of each draw {In(behind.Average())} points (most {In(behind.Max())}); "
            + $"calibration error {Mean(row => row.CalibrationError)} points, sets of 90 % cover {Mean(row => row.Coverage)} % "
            + $"with {Mean(row => row.SetSize)} classes";
    });

    private static string In(double number) => number.ToString("0.0", CultureInfo.InvariantCulture);
}
