namespace Foresee.Training;

/// <summary>
/// How many steps a budget in minutes holds: planned from the speed of the first steps, and again as the speed changes, since the learning
/// rate must know its end. The rate follows the step, not the clock, so that a run that was killed goes on bit by bit as it would have.
/// </summary>
/// <param name="minutes">Null for a budget whose steps are known; nothing is planned then.</param>
internal sealed class TimePlan(double? minutes)
{
    /// <summary>
    /// The share of the time for which the speed is measured, at least: a program's first seconds are its slowest, and a plan made of them
    /// ended a fifth too early.
    /// </summary>
    private const double SpeedShare = 0.04;

    /// <summary>After this share of the time the plan is made from the steps there are: a slow network must not overrun its time.</summary>
    private const double LatestShare = 0.3;

    /// <summary>Shares of the time at which the plan is made again from the speed since the last one.</summary>
    private static readonly double[] Replans = [0.1, 0.2, 0.4, 0.6, 0.8, 0.9, 0.97];

    private (long Step, double Seconds) speedFrom;
    private (double Share, long Step) replanAt;

    /// <summary>Goes on with a plan that was made before.</summary>
    public void Resume(long step, long steps, double seconds)
    {
        if (minutes is { } time && steps > 0) Planned(step, steps, seconds, seconds / (60 * time));
    }

    /// <summary>The number of steps where it is time to plan, else null.</summary>
    /// <param name="steps">Planned so far; 0 for none.</param>
    public long? Next(long step, long steps, double seconds)
    {
        if (minutes is not { } time) return null;
        var share = seconds / (60 * time);
        if (speedFrom.Step == 0 && step >= Budget.SpeedSteps / 3 && share >= SpeedShare / 3) speedFrom = (step, seconds);
        var early = step < Budget.SpeedSteps || share < SpeedShare;
        if (steps == 0 ? early && share < LatestShare : share < replanAt.Share && step < replanAt.Step) return null;
        var stepsPerSecond = speedFrom.Step is > 0 and var from && from < step
            ? (step - from) / (seconds - speedFrom.Seconds)
            : step / seconds;
        var planned = step + Math.Max(1, (long)((time * 60 - seconds) * stepsPerSecond));
        Planned(step, planned, seconds, share);
        return planned;
    }

    private void Planned(long step, long steps, double seconds, double share)
    {
        speedFrom = (step, seconds);
        var next = Replans.FirstOrDefault(later => later > share, double.PositiveInfinity);
        replanAt = (next, double.IsFinite(next) ? step + Math.Max(1, (steps - step) / 2) : long.MaxValue);
    }
}
