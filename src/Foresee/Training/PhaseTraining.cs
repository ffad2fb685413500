using Foresee.Methods;
using Foresee.Torch;
using Foresee.Torch.Optimisers;

namespace Foresee.Training;

/// <summary>One <see cref="Phase"/> with its gradients and its optimiser.</summary>
internal sealed class PhaseTraining(Phase phase, IMethod method, TrainingOptions options, Device device, int threads, BatchShare share)
    : IDisposable
{
    private readonly Gradients gradients = new(phase, method.IndependentImages, options.BatchSize / share.Ranks, device, threads,
        options.AccumulateImages, share.Group);

    public IOptimiser Optimiser { get; } = options.Optimiser.Build(phase.Parameters);

    /// <summary>What its optimiser's state begins with in a checkpoint.</summary>
    public string Prefix { get; } = phase.Name.Length == 0 ? "optimiser." : $"optimiser.{phase.Name}.";

    public int OperatorThreads => gradients.OperatorThreads;

    /// <summary>One update, unless the guard stops the run.</summary>
    /// <returns>The values, and the norm of the gradient where it was needed, else 0.</returns>
    public (StepValues Values, double GradientNorm) Step(Inputs inputs, double learningRate, bool log, Action<StepValues> check)
    {
        Optimiser.LearningRate = learningRate * phase.Rate;
        Optimiser.ZeroGrad();
        var values = gradients.Compute(inputs, log);
        check(values);
        var limit = options.MaximumGradientNorm > 0 ? options.MaximumGradientNorm : double.PositiveInfinity;
        var norm = log || double.IsFinite(limit) ? GradientNorm.Clip(phase.Parameters, limit) : 0;
        Optimiser.Step();
        return (values, norm);
    }

    public void Dispose()
    {
        gradients.Dispose();
        Optimiser.Dispose();
    }
}
