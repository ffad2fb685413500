using Foresee.Torch.Layers;

namespace Foresee.Torch.Optimisers;

/// <summary>
/// Layer-wise adaptive rate scaling (You, Gitman, Ginsburg 2017, algorithm 1), for each parameter tensor:
/// λ = η ‖θ‖ / (‖g‖ + decay ‖θ‖); u = μ u + lr λ (g + decay θ); θ -= u.
/// </summary>
/// <remarks>Where ‖θ‖ or ‖g‖ is 0, λ = 1. Biases and norm weights (fewer than two dimensions) take λ = 1 and no decay, as is
/// usual.</remarks>
public sealed class Lars(IEnumerable<NamedTensor> parameters, double learningRate, double momentum = 0.9, double weightDecay = 0,
    double trust = 0.001)
    : Optimiser(parameters, learningRate, Buffer)
{
    private const string Buffer = "momentum_buffer";

    private protected override void Update(Batch batch, long step)
    {
        var weights = Lengths(batch.Parameters);
        var gradients = Lengths(batch.Gradients);
        var rates = new double[weights.Length];
        var decays = new double[weights.Length];
        for (var i = 0; i < rates.Length; i++)
        {
            var adapts = batch.Parameters[i].Dimensions > 1;
            decays[i] = adapts ? weightDecay : 0;
            var local = adapts && weights[i] > 0 && gradients[i] > 0 ? trust * weights[i] / (gradients[i] + weightDecay * weights[i]) : 1;
            rates[i] = LearningRate * local;
        }
        var update = Each.Mul(batch.Parameters, decays);
        Each.Add_(update, batch.Gradients);
        Each.Mul_(update, rates);
        var u = batch.Slot(Buffer);
        Each.Mul_(u, momentum);
        Each.Add_(u, update);
        Each.Add_(batch.Parameters, u, -1);
    }

    private static float[] Lengths(Tensor[] tensors) => Tensor.Stack(Each.Norm(tensors)).ToArray<float>();
}
