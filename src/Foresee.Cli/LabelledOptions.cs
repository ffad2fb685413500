using System.CommandLine;
using System.CommandLine.Parsing;
using Foresee.Labels;

namespace Foresee.Cli;

/// <summary>
/// Which labelled images to measure on, how many labels and how often they are drawn; evaluate and ablation share these options.
/// </summary>
/// <param name="without">When --test is needed, such as "where LABELLED has none of its own".</param>
internal sealed class LabelledOptions(string without)
{
    public Option<string?> Test { get; } = new("--test") { Description = $"test images, {without}", HelpName = "folder" };

    public Option<bool> Validation { get; } = new("--validation")
    {
        Description = "measure on images held out of the training images, the last sixth of each class, instead of test images: "
            + "to choose settings by",
    };

    public Option<LabelAmount[]> Labels { get; } = new("--labels")
    {
        Description = "how many labels: 10/class, 1%, all; several with commas between them",
        HelpName = "amounts",
        Required = true,
        CustomParser = ParseAmounts,
    };

    public Option<int?> Draws { get; } =
        Dial.Whole("--draws", "draws of labels, for the 95 % interval (default: 3)", least: 1, most: 1000);

    /// <param name="name">Of the labelled images.</param>
    public LabelledRequest Read(ParseResult parsed, string name) =>
        new(name, parsed.GetValue(Test), parsed.GetValue(Validation), parsed.GetValue(Labels)!, parsed.GetValue(Draws) ?? 3);

    private static LabelAmount[]? ParseAmounts(ArgumentResult result)
    {
        try
        {
            var amounts = LabelAmount.ParseList(result.Tokens[0].Value);
            if (amounts.Select(amount => amount.Unit).Distinct().Count() == 1) return [.. amounts.Distinct()];
            result.AddError($"--labels must be all per class or all shares, for one curve; got '{result.Tokens[0].Value}'.");
        }
        catch (FormatException error)
        {
            result.AddError($"--labels: {error.Message}");
        }
        return null;
    }
}

/// <summary>The labelled images that were asked for.</summary>
internal sealed record LabelledRequest(string Name, string? Test, bool Validation, LabelAmount[] Labels, int Draws)
{
    /// <exception cref="UsageException">Two options exclude each other.</exception>
    public void Check()
    {
        if (Validation && Test is not null)
            throw new UsageException("--validation measures on training images and --test names others; give one of the two.");
    }

    /// <summary>With a test part, their own or the one named; without one for --validation, so that nothing reads it.</summary>
    public LabelledSplits Open()
    {
        Check();
        if (Validation) return new(LabelledSources.OpenTraining(Name), null);
        var splits = LabelledSources.Open(Name, Test);
        return splits.Test is not null ? splits : throw new UsageException(
            $"{Name} has no test part (test/ or val/ beside train/, t10k-... among IDX files); "
            + "name test images with --test, or measure on training images held out with --validation.");
    }
}
