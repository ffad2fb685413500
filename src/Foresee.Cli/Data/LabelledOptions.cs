using System.CommandLine;
using System.CommandLine.Parsing;
using Foresee.Labels;

namespace Foresee.Cli;

/// <summary>Which labelled images to measure on; the commands that measure share these options.</summary>
/// <param name="without">When --test is needed.</param>
internal sealed class PartOptions(string without = "where LABELLED has none of its own")
{
    public Option<string?> Test { get; } = new("--test") { Description = $"test images, {without}", HelpName = "folder" };

    public Option<bool> Validation { get; } = new("--validation")
    {
        Description = "measure on images held out of the training images, the last sixth of each class, instead of test images: "
            + "to choose settings by",
    };

    /// <param name="name">Of the labelled images.</param>
    /// <param name="labels">How many labels, for the one draw of them; all by default.</param>
    public LabelledRequest Read(ParseResult parsed, string name, LabelAmount? labels = null) =>
        new(name, parsed.GetValue(Test), parsed.GetValue(Validation), [labels ?? LabelAmount.All], 1);
}

/// <summary>Which labelled images to measure on, how many labels and how often they are drawn.</summary>
/// <inheritdoc cref="PartOptions"/>
internal sealed class LabelledOptions(string without)
{
    private readonly PartOptions part = new(without);

    public Option<string?> Test => part.Test;

    public Option<bool> Validation => part.Validation;

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
        part.Read(parsed, name) with { Labels = parsed.GetValue(Labels)!, Draws = parsed.GetValue(Draws) ?? 3 };

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
