using System.CommandLine;
using Foresee.Evaluation;
using Foresee.Images;
using Foresee.Labels;

namespace Foresee.Cli;

/// <summary>Where the settings of the supervised baseline come from; evaluate and compare share these options.</summary>
internal sealed class BaselineOptions
{
    public Option<bool> Tune { get; } = new("--tune")
    {
        Description = "search the settings of the supervised baseline first, on validation images",
    };

    public Option<double?> Minutes { get; } = Dial.Positive("--tune-minutes", "how long --tune searches (default: 60)");

    public Option<FileInfo?> Tuned { get; } = new("--tuned")
    {
        Description = "settings of the supervised baseline that an earlier --tune found, its pixel-settings.json",
        HelpName = "file",
    };

    public BaselineSearch Read(ParseResult parsed) =>
        new(parsed.GetValue(Tune), parsed.GetValue(Minutes) ?? 60, parsed.GetValue(Tuned));
}

/// <summary>What was asked of the supervised baseline's settings.</summary>
/// <param name="Tune">Search them.</param>
/// <param name="Tuned">The file of an earlier search; null for none.</param>
internal sealed record BaselineSearch(bool Tune, double Minutes, FileInfo? Tuned)
{
    public bool IsAsked => Tune || Tuned is not null;

    /// <exception cref="UsageException">Both were asked for.</exception>
    public void Check()
    {
        if (Tune && Tuned is not null) throw new UsageException("--tune searches settings and --tuned brings them; give one of the two.");
    }

    /// <exception cref="UsageException">A search was asked for, and this is one of several processes.</exception>
    public void ExpectNone()
    {
        if (Tune)
            throw new UsageException("--tune searches in one process; search once without the launcher, then give all processes what it found "
                + "with --tuned.");
    }

    /// <summary>The settings of the file; null where none was named.</summary>
    public TunedBaseline? Read() => Tuned is { } file ? TunedBaseline.Read(file.FullName) : null;

    /// <summary>The data set whose settings the supervised baseline takes on other images; null where it has some of its own.</summary>
    public string? Borrows(int channels, IImageSource images)
    {
        var usual = TunedBaseline.For(channels).Data;
        return IsAsked || Path.GetFileName(Path.TrimEndingDirectorySeparator(images.Name)) == usual ? null : usual;
    }

    /// <summary>Warns where the baseline may be weaker than it could be.</summary>
    public void Warn(Terminal terminal, int channels, IImageSource images)
    {
        if (Borrows(channels, images) is { } other)
            terminal.Warn($"the supervised baseline has the settings found on {other}; "
                + "on other images it may be weaker than it could be, add --tune for a fair one");
    }

    /// <summary>Searches on the training images; each trial is kept in the folder.</summary>
    public TunedBaseline Run(LabelledImages train, InputFormat input, IReadOnlyList<LabelAmount> labels, string folder, int threads,
        Terminal terminal, CancellationToken cancel)
    {
        var (evidence, settings) = (Path.Combine(folder, "pixel-trials.csv"), Path.Combine(folder, "pixel-settings.json"));
        var search = new BaselineTuningOptions(Minutes) { Known = TunedBaseline.For(input.Channels) };
        terminal.Line(FormattableString.Invariant($"searching settings of the supervised baseline for {search.Minutes} min, ")
            + "after which trials that are running are finished; "
            + $"each trial is kept in {evidence}, so a search that is stopped goes on from there");
        terminal.Now("searching settings of the supervised baseline");
        var tuning = new BaselineTuning(train, input, search, evidence, threads);
        var best = tuning.Run(labels, trial => terminal.Line(Trial(trial)), cancel);
        var tuned = TunedBaseline.From(train.Images.Name, best, train);
        tuned.Write(settings);
        return tuned;
    }

    private static string Trial(BaselineTrial trial) => FormattableString.Invariant(
        $"{trial.Labels}, draw {trial.Draw}: {trial.Accuracy:0.0} % of the validation images, width {trial.Options.Width}, ")
        + FormattableString.Invariant(
        $"learning rate {trial.Options.LearningRate}, weight decay {trial.Options.WeightDecay}, {trial.Options.Steps} steps");
}
