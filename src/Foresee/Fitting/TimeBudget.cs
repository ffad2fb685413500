using System.Globalization;
using Foresee.Torch.Files;

namespace Foresee.Fitting;

/// <summary>The time of a fit: what is spent, over all calls of the same line, and what is left.</summary>
/// <param name="minutes">Null for no limit.</param>
/// <param name="path">Keeps the seconds spent; a program that is killed loses at most some seconds of the account.</param>
/// <param name="before">Seconds of this process before it was made.</param>
internal sealed class TimeBudget(double? minutes, string path, TimeProvider time, double before = 0)
{
    private const double WriteEvery = 5; // seconds
    private readonly long started = time.GetTimestamp();
    private readonly double earlier = before + Read(path);
    private readonly Lock gate = new();
    private double written;

    public double Spent => earlier + time.GetElapsedTime(started).TotalSeconds;

    /// <summary>Seconds in all; infinite for no limit.</summary>
    public double All => 60 * minutes ?? double.PositiveInfinity;

    public double Left => Math.Max(0, All - Spent);

    /// <summary>Writes down what is spent, now and then.</summary>
    public void Keep(bool now = false)
    {
        lock (gate)
        {
            if (!now && Spent < written + WriteEvery) return;
            written = Spent;
            AtomicFile.Write(path, written.ToString("0.0", CultureInfo.InvariantCulture) + "\n");
        }
    }

    public static void Forget(string path) => File.Delete(path);

    private static double Read(string path) => File.Exists(path)
        && double.TryParse(File.ReadAllText(path), NumberStyles.Float, CultureInfo.InvariantCulture, out var seconds) && seconds > 0
        ? seconds : 0;
}
