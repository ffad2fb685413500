using Foresee.Torch.Layers;

namespace Foresee.Torch.Optimisers;

/// <summary>
/// Gradient descent: g += decay θ; u = μ u + g (first step u = g); θ -= lr · u, or with Nesterov θ -= lr · (g + μ u).
/// </summary>
public sealed class Sgd : Optimiser
{
    private const string Momentum = "momentum_buffer";
    private readonly double momentum, weightDecay;
    private readonly bool nesterov;

    public Sgd(IEnumerable<NamedTensor> parameters, double learningRate, double momentum = 0, bool nesterov = false, double weightDecay = 0)
        : base(parameters, learningRate, momentum == 0 ? [] : [Momentum])
    {
        if (nesterov && momentum <= 0) throw new ArgumentException($"Nesterov needs a momentum above 0, got {momentum}.");
        (this.momentum, this.nesterov, this.weightDecay) = (momentum, nesterov, weightDecay);
    }

    private protected override void Update(Batch batch, long step)
    {
        var direction = weightDecay == 0 ? batch.Gradients : Each.Add(batch.Gradients, batch.Parameters, weightDecay);
        if (momentum != 0)
        {
            var u = batch.Slot(Momentum); // zero at first, so that μ u + g is g
            Each.Mul_(u, momentum);
            Each.Add_(u, direction);
            direction = nesterov ? Each.Add(direction, u, momentum) : u;
        }
        Each.Add_(batch.Parameters, direction, -LearningRate);
    }
}
