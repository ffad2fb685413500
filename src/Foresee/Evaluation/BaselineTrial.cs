using System.Globalization;
using CsvHelper;
using Foresee.Augmentation;
using Foresee.Labels;

namespace Foresee.Evaluation;

/// <summary>One training of the supervised baseline, measured on validation images; one line of the evidence file.</summary>
/// <param name="Draw">Seed of the draw of labels and of the training.</param>
/// <param name="Accuracy">Per cent of the validation images.</param>
public sealed record BaselineTrial(LabelAmount Labels, SupervisedBaselineOptions Options, int Draw, double Accuracy, double Seconds)
{
    /// <summary>Which images and classes it was measured on, <see cref="Fingerprint.OfData"/>.</summary>
    public string Data { get; init; } = "";

    public const string Header =
        "labels,width,depth,learning_rate,weight_decay,steps,batch,dropout,smoothing,"
        + "flip,shift,rotation,scale,brightness,cutout,fill,draw,accuracy,seconds,data";

    /// <summary>Equal for trials of the same settings on the same draw.</summary>
    public string Key => string.Join(',', Columns());

    /// <summary>A line of the evidence file, without its end.</summary>
    public string ToCsv()
    {
        var text = new StringWriter();
        using (var csv = CsvWriter.Create(text, new() { NewLine = "\n" }))
        {
            string[] measured = [FormattableString.Invariant($"{Accuracy:0.00}"), FormattableString.Invariant($"{Seconds:0.0}"), Data];
            csv.WriteRecord([.. Columns(), .. measured]);
        }
        return text.ToString().TrimEnd();
    }

    private IEnumerable<string> Columns()
    {
        var (o, a) = (Options, Options.Augmentation);
        object[] values = [Labels, o.Width, o.Depth, o.LearningRate, o.WeightDecay, o.Steps, o.BatchSize, o.Dropout, o.LabelSmoothing,
            a.Flip, a.Shift, a.Rotation, a.Scale, a.Brightness, a.Cutout, a.Fill, Draw];
        return values.Select(value => Convert.ToString(value, CultureInfo.InvariantCulture)!);
    }

    /// <summary>All trials of an evidence file. Those of the first version have no column that names the data, and match none.</summary>
    /// <exception cref="FormatException">The file is not of this format.</exception>
    public static IReadOnlyList<BaselineTrial> Read(string path)
    {
        using var reader = CsvReader.FromFile(path, new()
        {
            Separator = ',',
            TrackLineNumbers = true,
            MalformedData = CsvMalformedDataHandling.Throw,
            FieldCountMismatch = CsvFieldCountHandling.Throw,
        });
        var header = string.Join(',', reader.Headers);
        if (!Header.StartsWith(header, StringComparison.Ordinal) || reader.Headers.Count < 19)
            throw new FormatException($"{path}: trials have the columns {Header}; got '{header}'. Move the file away to start anew.");
        var trials = new List<BaselineTrial>();
        try
        {
            while (reader.Read()) trials.Add(Of(reader));
        }
        catch (FormatException error)
        {
            throw new FormatException(
                $"{path}, line {reader.LineNumber}: {error.Message} Delete that line, or move the file away to start anew.", error);
        }
        return trials;
    }

    private static BaselineTrial Of(CsvReader row)
    {
        double Real(string column) => row.Parse<double>(column);
        int Whole(string column) => row.Parse<int>(column);
        var augmentation = new WholeImageAugmentation(row.Parse<bool>("flip"), Real("shift"), Real("rotation"), Real("scale"),
            Real("brightness"), Real("cutout"), row.Parse<EdgeFill>("fill"));
        var options = new SupervisedBaselineOptions(Whole("width"), Whole("depth"), Real("learning_rate"), Real("weight_decay"),
            Whole("steps"), Whole("batch"), Real("dropout"), Real("smoothing"))
        { Augmentation = augmentation };
        return new(LabelAmount.Parse(row.GetString("labels")), options, Whole("draw"), Real("accuracy"), Real("seconds"))
        {
            Data = row.TryGetFieldIndex("data", out var column) ? row.GetString(column) : "",
        };
    }
}
