using System.Globalization;
using Foresee.Recipes;
using Foresee.Reports;
using Foresee.Torch;
using Foresee.Training;

namespace Foresee.Cli;

/// <summary>
/// The run that a folder already holds. It goes on with the options it began with: its learning rate falls to 0 at its planned end, and
/// the order of its images and sums hangs on seed and threads. So what is typed anew must be the same, a longer budget too.
/// </summary>
internal sealed class BegunRun
{
    private readonly string folder;
    private readonly PretrainOptions options;
    private readonly List<string> differences = [];

    private BegunRun(string folder)
    {
        this.folder = folder;
        var description = RunDescription.Read(Path.Combine(folder, RunDescription.FileName));
        (Recipe, options) = (description.Recipe, OlderRuns.Options(description));
    }

    /// <summary>The run of a folder, or null.</summary>
    public static BegunRun? In(string folder) => File.Exists(Path.Combine(folder, RunDescription.FileName)) ? new(folder) : null;

    public string Recipe { get; }
    public string Method => options.Method.Name;
    public int Threads => options.Threads;

    public BegunRun ExpectRecipe(string? typed) => Expect("recipe", Recipe, "--recipe", typed);
    public BegunRun ExpectMethod(string? typed) => Expect("method", options.Method.Name, "--method", typed);
    public BegunRun ExpectStart(string? typed, int? side) =>
        Expect("start", options.Start?.Name ?? "random weights", "--start", typed is null ? null : EncoderSource.Of(typed).Name)
            .Expect("size", Text(options.Input.Height), "--size", Text(side));
    public BegunRun ExpectPrecision(string? typed) => Expect("precision", options.Compute == DType.BFloat16 ? "bf16" : "f32",
        "--precision", typed);
    public BegunRun ExpectSeed(int? typed) => Expect("seed", Text(options.Training.Seed), "--seed", Text(typed));
    public BegunRun ExpectThreads(int? typed) => Expect("threads", Text(Threads), "--threads", Text(typed));
    public BegunRun ExpectFrameStep(int? typed) => Expect("frame step", Text(options.Method.FrameStep), "--frame-step", Text(typed));
    public BegunRun ExpectCheckpoints(double? typed) =>
        Expect("checkpoint seconds", Text(options.Training.CheckpointSeconds), "--checkpoint-seconds", Text(typed));

    public BegunRun ExpectBudget(Budget? typed) => typed is null ? this
        : Expect("budget", Text(options.Training.Budget), "the command line", Text(typed));

    /// <exception cref="UsageException">Something typed differs; all of it is named.</exception>
    public void Check()
    {
        if (differences.Count == 0) return;
        throw new UsageException($"The run in {folder} has {string.Join("; ", differences)}. A run goes on with the options it began "
            + "with: leave these out, or start a new run in another --out.");
    }

    private BegunRun Expect(string name, string? own, string option, string? typed)
    {
        if (typed is not null && typed != own) differences.Add($"{name} {own}, {option} says {typed}");
        return this;
    }

    private static string? Text(IFormattable? number) => number?.ToString(null, CultureInfo.InvariantCulture);

    private static string Text(Budget budget) => FormattableString.Invariant(budget switch
    {
        { Epochs: { } epochs } => $"--epochs {epochs}",
        { Images: { } images } => $"--images {images}",
        _ => (FormattableString)$"--minutes {budget.Minutes}",
    });
}
