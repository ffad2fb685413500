using System.Globalization;
using Foresee.Reports;
using Foresee.Runs;

namespace Foresee.Cli;

/// <summary>What a reader must know of a run that has not ended, and the line that goes on with it.</summary>
internal static class Resuming
{
    private static readonly string[] GoOnByThemselves = [" demo", " ablation ", " compare ", " fit ", " ladder "];

    /// <summary>Says once that the run's encoder is not the one it will be; nothing where the run has ended.</summary>
    public static void Warn(Terminal terminal, string run)
    {
        if (Told(run) is { } told) terminal.Warn($"the run in {run} {told}");
    }

    /// <summary>"is unfinished: ...", or null where the run has ended or nothing is known.</summary>
    public static string? Told(string run)
    {
        if (RunProgress.Of(run) is not { IsFinished: false } progress) return null;
        var step = progress.Step == 0 ? "there is no checkpoint yet" : string.Create(CultureInfo.InvariantCulture,
            $"the encoder is that of step {progress.Step:N0}")
            + (progress.Steps > 0 ? string.Create(CultureInfo.InvariantCulture, $" of {progress.Steps:N0}")
                : ", before the length was planned");
        return progress.IsRunning ? $"is still being trained: {step}" : $"is unfinished: {step}; this goes on: {Line(run)}";
    }

    /// <summary>The line that goes on with a run: the one it began with where the command line began it.</summary>
    public static string Line(string run)
    {
        var description = RunDescription.Read(Path.Combine(run, RunDescription.FileName));
        var command = description.Command;
        if (GoOnByThemselves.Any(name => command.Contains(name, StringComparison.Ordinal))) return command;
        if (!command.Contains(" pretrain ", StringComparison.Ordinal))
            return Launcher.Command("pretrain", Shell.Path(description.Data.Name), "--out", Shell.Path(run), "--resume");
        return command.Contains(" --resume", StringComparison.Ordinal) ? command : command + " --resume";
    }
}
