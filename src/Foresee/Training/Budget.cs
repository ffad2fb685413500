namespace Foresee.Training;

/// <summary>How long to train: exactly one of the three is set.</summary>
/// <param name="Epochs">Passes over all images; fractions are allowed.</param>
/// <param name="Images">Image passes.</param>
/// <param name="Minutes">Wall time; the number of steps is planned from the speed of the first ones, so that the schedule knows its end,
/// and a few times again as the speed changes.</param>
public sealed record Budget(double? Epochs = null, long? Images = null, double? Minutes = null)
{
    /// <summary>
    /// Steps for which the speed is measured, at least, when the budget is a time; the first third of them is not counted.
    /// </summary>
    public const int SpeedSteps = 90;

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
