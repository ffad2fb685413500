using Foresee.Encoders;
using Foresee.Reports;
using Foresee.Training;

namespace Foresee.Runs;

/// <summary>How far a run on disk came.</summary>
/// <param name="Step">Of its last checkpoint, whose encoder is the run's; 0 for none.</param>
/// <param name="Steps">Planned; 0 while a budget in minutes has not fixed them.</param>
/// <param name="IsRunning">A process is training it.</param>
public sealed record RunProgress(long Step, long Steps, bool IsRunning)
{
    /// <summary>Held open by the process that trains.</summary>
    internal const string ClaimFile = ".running";

    public bool IsFinished => Steps > 0 && Step >= Steps;

    /// <summary>Null where that can't be known: no run, or an encoder whose checkpoint was taken away.</summary>
    public static RunProgress? Of(string folder)
    {
        if (!File.Exists(Path.Combine(folder, RunDescription.FileName))) return null;
        var checkpoint = Path.Combine(folder, Checkpoint.FileName);
        if (File.Exists(checkpoint))
            return Checkpoint.StepsOf(checkpoint) is { Step: > 0 } done ? new(done.Step, done.Steps, IsClaimed(folder)) : null;
        return File.Exists(Path.Combine(folder, EncoderFile.FileName)) ? null : new(0, 0, IsClaimed(folder));
    }

    private static bool IsClaimed(string folder)
    {
        try
        {
            new FileStream(Path.Combine(folder, ClaimFile), FileMode.Open, FileAccess.Read, FileShare.Read).Dispose();
            return false; // left behind by a process that was killed
        }
        catch (FileNotFoundException)
        {
            return false;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return true;
        }
    }
}
