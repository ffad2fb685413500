using Foresee.Torch;

namespace Foresee.Losses;

/// <summary>
/// L = -1/n · Σ_i log( exp(p_i·t_{y_i}) / Σ_j exp(p_i·t_j) ),  i = 1..n, j = 1..m
/// </summary>
/// <remarks>
/// InfoNCE of van den Oord et al. 2018, eq. 4, with every target of the batch as a candidate, as Hénaff et al. 2020,
/// appendix A.2. Chance is ln(m). The score matrix [n, m] never exists whole: it is made, used for the loss, the accuracy
/// and both gradients, and overwritten, a block of rows at a time.
/// </remarks>
public static class InfoNce
{
    /// <param name="predictions">p: [n, K]</param>
    /// <param name="targets">t: [m, K]</param>
    /// <param name="labels">y: [n] Int64, each the row of <paramref name="targets"/> that is the true one.</param>
    /// <param name="compute">Type of the multiplications: Float32, or BFloat16 where the processor is fast in it.</param>
    public static InfoNceResult Compute(Tensor predictions, Tensor targets, Tensor labels, DType compute = DType.Float32)
    {
        var function = new BlockedInfoNce(labels, compute, predictions.RequiresGrad || targets.RequiresGrad);
        var loss = function.Apply(predictions, targets)[0];
        return new(loss, function.Correct!);
    }

    private sealed class BlockedInfoNce(Tensor labels, DType compute, bool withGradients) : CustomFunction
    {
        // A block's scores should stay in the second-level cache's reach: 2^20 floats are 4 MiB.
        private const long BlockElements = 1 << 20;
        private Tensor? predictionGradient, targetGradient;

        /// <summary>Share of predictions whose true target has the highest score.</summary>
        public Tensor? Correct { get; private set; }

        protected override Tensor[] Forward(Tensor[] inputs)
        {
            var (p, t) = (inputs[0].To(compute), inputs[1].To(compute));
            var (n, m) = (p.Size(0), t.Size(0));
            var candidates = t.T();                                                 // [K, m]
            var loss = Tensor.Zeros([], device: p.Device);
            var correct = Tensor.Zeros([], device: p.Device);
            var dp = new List<Tensor>();
            Tensor? dt = null;
            var rows = Math.Max(1, BlockElements / m);
            for (long from = 0; from < n; from += rows)
            {
                using var scope = TensorScope.Begin();
                var count = Math.Min(rows, n - from);
                var block = p.Narrow(0, from, count);                               // [r, K]
                var y = labels.Narrow(0, from, count).Unsqueeze(1);                 // [r, 1]
                var scores = block.MatMul(candidates).To(DType.Float32);            // [r, m]
                var highest = scores.MaxAlong(1, keep: true);                       // [r, 1]
                var picked = scores.Gather(1, y);                                   // [r, 1]
                correct.Add_(picked.Equal(highest).Sum());
                var exponentials = scores.Sub_(highest).Exp_();                     // in place: scores are gone
                var sums = exponentials.Sum(1, keep: true);                         // [r, 1]
                loss.Add_((sums.Log() + highest - picked).Sum());
                if (!withGradients) continue;
                // dL/dscores = (softmax - onehot) / n, again in place.
                var gradient = exponentials.Div_(sums).ScatterAdd_(1, y, Tensor.Full([count, 1], -1, device: p.Device)).To(compute);
                dp.Add(scope.Keep(gradient.MatMul(t).To(DType.Float32)));           // [r, K]
                var part = gradient.T().MatMul(block).To(DType.Float32);            // [m, K]
                if (dt is null) dt = scope.Keep(part);
                else dt.Add_(part);
            }
            if (withGradients)
            {
                predictionGradient = Save(Tensor.Cat([.. dp]).Div_(n));
                targetGradient = Save(dt!.Div_(n));
            }
            Correct = correct.Div_(n);
            return [loss.Div_(n)];
        }

        protected override Tensor?[] Backward(Tensor?[] gradients) =>
            [predictionGradient! * gradients[0]!, targetGradient! * gradients[0]!];
    }
}

/// <param name="Loss">Scalar, in nats; ln(m) at chance.</param>
/// <param name="Correct">Scalar without gradient: top-1 of the contrastive task, 1/m at chance.</param>
public readonly record struct InfoNceResult(Tensor Loss, Tensor Correct);
