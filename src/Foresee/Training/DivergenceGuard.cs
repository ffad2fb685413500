namespace Foresee.Training;

/// <summary>
/// A loss far above chance level means that the run has diverged. It is stopped before it overwrites the last good checkpoint. A loss that
/// is
/// not a number stops every run, whether its chance level is known or not.
/// </summary>
internal sealed class DivergenceGuard(TrainingOptions options, string checkpoint)
{
    private const double SoundLoss = 1.5, DivergedLoss = 3; // times the chance level

    /// <summary>Whether the last loss was one of a run that learns.</summary>
    public bool Sound { get; private set; } = true;

    /// <param name="step">Of this loss, from 1 on.</param>
    /// <exception cref="TrainingException">The run has diverged.</exception>
    public void Check(StepValues values, long step)
    {
        var (loss, chance) = (values.Total, values.ChanceLevel ?? double.PositiveInfinity);
        Sound = double.IsFinite(loss) && loss <= SoundLoss * chance;
        // an untrained network may begin anywhere
        if (double.IsFinite(loss) && (loss <= DivergedLoss * chance || step <= options.WarmUpSteps + 1)) return;
        var what = double.IsFinite(loss)
            ? FormattableString.Invariant($"{loss / chance:0.0} times chance level, far above chance,")
            : "not a number";
        var kept = File.Exists(checkpoint)
            ? $"the last good checkpoint is kept in {checkpoint}, and going on from it would lead here again"
            : "no checkpoint had been written yet";
        var limit = options.MaximumGradientNorm > 0 ? FormattableString.Invariant($"{options.MaximumGradientNorm}") : "none";
        throw new TrainingException(FormattableString.Invariant(
            $"The loss is {what} at step {step}: the run diverged; {kept}. Start another with a lower learning rate (now {options.Optimiser.LearningRate}) or a gradient norm limit (now {limit})."));
    }
}

/// <summary>A run that can't go on; the message says what was kept.</summary>
public sealed class TrainingException : Exception
{
    public TrainingException() { }
    public TrainingException(string message) : base(message) { }
    public TrainingException(string message, Exception inner) : base(message, inner) { }
}
