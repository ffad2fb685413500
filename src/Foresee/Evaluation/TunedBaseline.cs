using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization;
using Foresee.Labels;
using Foresee.Torch.Files;

namespace Foresee.Evaluation;

/// <summary>Settings of the supervised baseline that <see cref="BaselineTuning"/> found, by labels per class.</summary>
/// <param name="Source">What they were found on, for the record: the data set's name, or it and more after a colon.</param>
public sealed record TunedBaseline(string Source, SortedDictionary<int, SupervisedBaselineOptions> PerClass)
{
    private static readonly JsonSerializerOptions Format =
        new() { WriteIndented = true, PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    /// <summary>Found on Fashion-MNIST; the evidence is results/pixel-tuning-fashion-mnist.csv.</summary>
    public static TunedBaseline FashionMnist() => Committed("fashion-mnist");

    /// <summary>The data set's name, with which <see cref="Source"/> begins.</summary>
    [JsonIgnore]
    public string Data => Source.Split(':')[0];

    /// <summary>Found on CIFAR-10; the evidence is results/pixel-tuning-cifar10.csv.</summary>
    public static TunedBaseline Cifar10() => Committed("cifar10");

    /// <summary>Those found on images of as many channels.</summary>
    public static TunedBaseline For(int channels) => channels == 1 ? FashionMnist() : Cifar10();

    private static TunedBaseline Committed(string name)
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream($"Foresee.Evaluation.tuned.{name}.json")
            ?? throw new InvalidOperationException($"The settings of {name} are missing among the resources; build Foresee anew.");
        return JsonSerializer.Deserialize<TunedBaseline>(stream, Format)!;
    }

    public static TunedBaseline Read(string path)
    {
        try
        {
            var tuned = JsonSerializer.Deserialize<TunedBaseline>(File.ReadAllText(path), Format);
            if (tuned is { PerClass.Count: > 0 }) return tuned;
        }
        catch (JsonException error)
        {
            throw new InvalidDataException($"{path} does not hold settings of the supervised baseline: {error.Message} Write it with "
                + "evaluate --protocol supervised --tune.", error);
        }
        throw new InvalidDataException($"{path} holds no settings; write it with evaluate --protocol supervised --tune.");
    }

    public void Write(string path) => AtomicFile.Write(path, JsonSerializer.Serialize(this, Format) + "\n");

    /// <summary>The settings for the nearest number of labels, measured by ratio.</summary>
    public SupervisedBaselineOptions For(double labelsPerClass) =>
        PerClass.MinBy(entry => Math.Abs(Math.Log(entry.Key / labelsPerClass))).Value;

    /// <summary>The same, learning from turned images where these have no upside.</summary>
    internal SupervisedBaselineOptions For(EvaluationSetting setting) => For(setting.LabelsPerClass).For(setting.Upright);

    /// <summary>
    /// From a search's result; amounts in per cent count by what they give each class, the larger of two that round alike.
    /// </summary>
    public static TunedBaseline From(string source, IReadOnlyDictionary<LabelAmount, SupervisedBaselineOptions> best,
        LabelledImages data) =>
        new(source, new(best.OrderBy(entry => PerClassOf(entry.Key, data))
            .GroupBy(entry => Math.Max(1, (int)Math.Round(PerClassOf(entry.Key, data))))
            .ToDictionary(same => same.Key, same => same.Last().Value)));

    internal static double PerClassOf(LabelAmount amount, LabelledImages data) => amount.Unit == LabelUnit.PerClass
        ? amount.Value
        : data.Labels.Length * amount.Value / 100 / data.Classes.Length;
}
