using Foresee.Torch.Interop;
using Foresee.Torch.Layers;

namespace Foresee.Torch.Optimisers;

/// <summary>
/// Adam (Kingma and Ba 2015): m = β1 m + (1-β1) g, v = β2 v + (1-β2) g², θ -= lr · m̂ / (sqrt v̂ + ε)
/// with m̂ = m / (1-β1^t), v̂ = v / (1-β2^t). Weight decay is added to the gradient.
/// </summary>
public sealed class Adam(IEnumerable<NamedTensor> parameters, double learningRate, double beta1 = 0.9, double beta2 = 0.999,
    double epsilon = 1e-8, double weightDecay = 0) : Optimiser(parameters, learningRate, FirstMoment, SecondMoment)
{
    internal const string FirstMoment = "exp_avg", SecondMoment = "exp_avg_sq";

    private protected override void Update(Batch batch, long step)
    {
        var gradients = weightDecay == 0 ? batch.Gradients : Each.Add(batch.Gradients, batch.Parameters, weightDecay);
        Move(batch, gradients, step, LearningRate, beta1, beta2, epsilon);
    }

    internal static void Move(Tensor[] parameters, Tensor[] m, Tensor[] v, Tensor[] gradients, long step, double rate, double beta1,
        double beta2, double epsilon)
    {
        // Both corrections moved into two scalars: m̂ / (sqrt v̂ + ε) = c m / (1-β1^t) / (sqrt v + c ε), c = sqrt(1-β2^t).
        var c = Math.Sqrt(1 - Math.Pow(beta2, step));
        rate *= c / (1 - Math.Pow(beta1, step));
        epsilon *= c;
        if (parameters.All(p => p.DType == DType.Float32 && Kernels.Supports(p.Device)))
        {
            Kernels.Adam(parameters, gradients, m, v, rate, beta1, beta2, epsilon);
            return;
        }
        Each.Mul_(m, beta1);
        Each.Add_(m, gradients, 1 - beta1);
        Each.Mul_(v, beta2);
        Each.AddCMul_(v, gradients, gradients, 1 - beta2);
        var denominator = Each.Sqrt(v);
        Each.Add_(denominator, epsilon);
        Each.AddCDiv_(parameters, m, denominator, -rate);
    }

    private static void Move(Batch batch, Tensor[] gradients, long step, double rate, double beta1, double beta2, double epsilon) =>
        Move(batch.Parameters, batch.Slot(FirstMoment), batch.Slot(SecondMoment), gradients, step, rate, beta1, beta2, epsilon);
}

/// <summary>AdamW (Loshchilov and Hutter 2019): Adam whose weight decay, θ -= lr · decay · θ, bypasses the moments.</summary>
public sealed class AdamW(IEnumerable<NamedTensor> parameters, double learningRate, double beta1 = 0.9, double beta2 = 0.999,
    double epsilon = 1e-8, double weightDecay = 0.01) : Optimiser(parameters, learningRate, Adam.FirstMoment, Adam.SecondMoment)
{
    private protected override void Update(Batch batch, long step)
    {
        if (weightDecay != 0) Each.Mul_(batch.Parameters, 1 - LearningRate * weightDecay);
        Adam.Move(batch.Parameters, batch.Slot(Adam.FirstMoment), batch.Slot(Adam.SecondMoment), batch.Gradients, step, LearningRate, beta1,
            beta2, epsilon);
    }
}
