namespace Foresee.Training;

/// <summary>How long to train: exactly one of the three is set.</summary>
/// <param name="Epochs">Passes over all images; fractions are allowed.</param>
/// <param name="Images">Image passes.</param>
/// <param name="Minutes">Wall time; the number of steps is planned from the speed of the first ones, so that the schedule knows its end, and a few times again as the speed changes.</param>
public sealed record Budget(double? Epochs = null, long? Images = null, double? Minutes = null)
{
    /// <summary>Steps for which the speed is measured, at least, when the budget is a time; the first third of them is not counted.</summary>
    public const int SpeedSteps = 90;

    /// <summary>And the share of the time, at least: a program's first seconds are its slowest, and a plan made of them ended a fifth too early.</summary>
    internal const double SpeedShare = 0.04;

    /// <summary>After this share of the time the plan is made from the steps there are: a slow network must not overrun its time.</summary>
    internal const double LatestShare = 0.3;

    /// <summary>Shares of the time at which the plan is made again from the speed since the last one.</summary>
    internal static readonly double[] Replans = [0.1, 0.2, 0.4, 0.6, 0.8, 0.9, 0.97];

    internal static double NextPlan(double share) => Replans.FirstOrDefault(next => next > share, double.PositiveInfinity);

    public Budget Validate()
    {
        var set = (Epochs is null ? 0 : 1) + (Images is null ? 0 : 1) + (Minutes is null ? 0 : 1);
        if (set != 1) throw new ArgumentException($"A budget needs exactly one of epochs, images and minutes, got {set}.");
        if (Epochs is <= 0 || Images is <= 0 || Minutes is <= 0) throw new ArgumentException($"A budget must be above 0, got {this}.");
        return this;
    }

    /// <summary>Steps when the budget is a number of images; null for a time.</summary>
    public long? Steps(int imageCount, int batchSize)
    {
        double? images = Images ?? Epochs * imageCount;
        return images is { } count ? Math.Max(1, (long)Math.Ceiling(count / batchSize)) : null;
    }
}
