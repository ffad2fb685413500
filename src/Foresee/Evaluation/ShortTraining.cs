using Foresee.Torch;
using Foresee.Torch.Optimisers;

namespace Foresee.Evaluation;

/// <summary>Progress of one training: its step of all steps and its loss.</summary>
public readonly record struct FitProgress(int Step, int Steps, double Loss);

/// <summary>Parameters with an optimiser and a learning rate of their own.</summary>
internal sealed record RateGroup(IOptimiser Optimiser, Func<long, double> Rate) : IDisposable
{
    public void Dispose() => Optimiser.Dispose();
}

/// <summary>The loop of a training on labelled images.</summary>
internal static class ShortTraining
{
    private const int StepsBetweenReports = 20;

    /// <param name="batches">As many as steps, or more.</param>
    /// <param name="loss">Of a batch; a scalar.</param>
    /// <param name="goOn">Asked before each step; learning ends where it says no.</param>
    /// <param name="stepped">Called after each step with its number, from 1 on.</param>
    /// <returns>Whether all steps were taken.</returns>
    public static bool Run<TBatch>(IEnumerable<TBatch> batches, int steps, IReadOnlyList<RateGroup> groups, Func<TBatch, Tensor> loss,
        Action<FitProgress>? progress, CancellationToken cancellation, Predicate<int>? goOn = null, Action<long>? stepped = null)
    {
        var step = 0;
        foreach (var batch in batches.Take(steps))
        {
            if (goOn?.Invoke(step) == false) return false;
            cancellation.ThrowIfCancellationRequested();
            using var scope = TensorScope.Begin();
            var value = loss(batch);
            foreach (var group in groups) group.Optimiser.ZeroGrad();
            value.Backward();
            foreach (var group in groups)
            {
                group.Optimiser.LearningRate = group.Rate(step);
                group.Optimiser.Step();
            }
            step++;
            stepped?.Invoke(step);
            if (progress is not null && (step % StepsBetweenReports == 1 || step == steps)) progress(new(step, steps, value.ToDouble()));
        }
        return true;
    }
}
