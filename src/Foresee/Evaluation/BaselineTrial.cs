using System.Globalization;
using Foresee.Augmentation;
using Foresee.Labels;

namespace Foresee.Evaluation;

/// <summary>One training of the network from pixels, measured on validation images; one line of the evidence file.</summary>
/// <param name="Draw">Seed of the draw of labels and of the training.</param>
/// <param name="Accuracy">Per cent of the validation images.</param>
public sealed record BaselineTrial(LabelAmount Labels, SupervisedBaselineOptions Options, int Draw, double Accuracy, double Seconds)
{
    /// <summary>Which images and classes it was measured on, <see cref="Fingerprint.OfData"/>.</summary>
    public string Data { get; init; } = "";

    public const string Header =
        "labels,width,depth,learning_rate,weight_decay,steps,batch,dropout,smoothing,flip,shift,rotation,scale,brightness,cutout,fill,draw,accuracy,seconds,data";

    /// <summary>Equal for trials of the same settings on the same draw.</summary>
    public string Key => string.Join(',', Columns());

    public string ToCsv() => string.Create(CultureInfo.InvariantCulture, $"{Key},{Accuracy:0.00},{Seconds:0.0},{Data}");

    private IEnumerable<string> Columns()
    {
        var (o, a) = (Options, Options.Augmentation);
        object[] values = [Labels, o.Width, o.Depth, o.LearningRate, o.WeightDecay, o.Steps, o.BatchSize, o.Dropout, o.LabelSmoothing,
            a.Flip, a.Shift, a.Rotation, a.Scale, a.Brightness, a.Cutout, a.Fill, Draw];
        return values.Select(value => Convert.ToString(value, CultureInfo.InvariantCulture)!);
    }

    /// <exception cref="FormatException">The line is not of this format.</exception>
    public static BaselineTrial Parse(string line)
    {
        var text = line.Split(',');
        if (text.Length != Header.Count(c => c == ',') + 1) throw new FormatException($"A trial has the columns {Header}; got '{line}'. Move the file away to start anew.");
        var augmentation = new WholeImageAugmentation(bool.Parse(text[9]), Real(10), Real(11), Real(12), Real(13), Real(14), Enum.Parse<EdgeFill>(text[15]));
        var options = new SupervisedBaselineOptions(Whole(1), Whole(2), Real(3), Real(4), Whole(5), Whole(6), Real(7), Real(8)) { Augmentation = augmentation };
        return new(LabelAmount.Parse(text[0]), options, Whole(16), Real(17), Real(18)) { Data = text[19] };

        double Real(int column) => double.Parse(text[column], CultureInfo.InvariantCulture);
        int Whole(int column) => int.Parse(text[column], CultureInfo.InvariantCulture);
    }
}
