using Foresee.Torch;
using Foresee.Torch.Interop;

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
    /// <param name="groups">
    /// Cuts predictions and targets into so many equal parts, in order; a prediction's candidates are the m/groups targets of its
    /// own part, where its label must lie. The cost falls by this factor, chance to ln(m/groups).
    /// </param>
    /// <param name="compute">How the scores are computed; null for Float32.</param>
    public static InfoNceResult Compute(Tensor predictions, Tensor targets, Tensor labels, int groups = 1, Arithmetic? compute = null)
    {
        if (predictions.Size(0) % groups != 0 || targets.Size(0) % groups != 0)
            throw new ArgumentException($"InfoNCE can't cut {predictions.Size(0)} predictions and {targets.Size(0)} targets into {groups} "
                + "equal groups.");
        if (targets.Size(0) == 0) throw new ArgumentException("InfoNCE needs one target or more to choose from, got none.");
        var function = new BlockedInfoNce(labels, groups, compute ?? Arithmetic.Float32, Autograd.Recording
            && (predictions.RequiresGrad || targets.RequiresGrad));
        var loss = function.Apply(predictions, targets)[0];
        return new(loss, function.Correct!);
    }

    private sealed class BlockedInfoNce(Tensor labels, int groups, Arithmetic arithmetic, bool withGradients) : CustomFunction
    {
        // A block's scores should stay in the cache's reach: 2^20 floats are 4 MiB.
        private const long BlockElements = 1 << 20;
        private Tensor? predictionGradient, targetGradient;

        /// <summary>Share of predictions whose true target has the highest score; a tie of k counts 1/k.</summary>
        public Tensor? Correct { get; private set; }

        protected override Tensor[] Forward(Tensor[] inputs)
        {
            if (inputs.All(input => input.DType == DType.Float32) && Kernels.Supports(inputs[0].Device, arithmetic, inputs[0].Size(1)))
                return Fused(inputs[0], inputs[1]);
            var (p, t) = (inputs[0].To(arithmetic.Type), inputs[1].To(arithmetic.Type));
            var (n, m) = (p.Size(0) / groups, t.Size(0) / groups);
            var total = new Sums(Tensor.Zeros([], device: p.Device), Tensor.Zeros([], device: p.Device), p.Size(0));
            List<Tensor> dp = [], dt = [];
            for (var group = 0; group < groups; group++)
                Group(p.Narrow(0, group * n, n), t.Narrow(0, group * m, m), labels.Narrow(0, group * n, n) - group * m, total, dp, dt);
            if (withGradients) (predictionGradient, targetGradient) = (Save(Tensor.Cat([.. dp])), Save(Tensor.Cat([.. dt])));
            Correct = total.Correct.Div_(total.Count);
            return [total.Loss.Div_(total.Count)];
        }

        private Tensor[] Fused(Tensor p, Tensor t)
        {
            var result = Kernels.InfoNce(p, t, labels, groups, arithmetic.Type);
            Correct = Tensor.Full([], result.Correct);
            if (withGradients) (predictionGradient, targetGradient) = (Save(result.PredictionGradient), Save(result.TargetGradient));
            return [Tensor.Full([], result.Loss)];
        }

        private void Group(Tensor p, Tensor t, Tensor y, Sums total, List<Tensor> dp, List<Tensor> dt)
        {
            var (n, m) = (p.Size(0), t.Size(0));
            Tensor? gathered = null;
            var rows = Math.Max(1, BlockElements / m);
            for (long from = 0; from < n; from += rows)
            {
                using var scope = TensorScope.Begin();
                var count = Math.Min(rows, n - from);
                var block = p.Narrow(0, from, count);                               // [r, K]
                var gradient = Block(block.MatMul(t.T()).To(DType.Float32), y.Narrow(0, from, count).Unsqueeze(1), total);
                if (gradient is null) continue;
                gradient = gradient.To(arithmetic.Type);
                dp.Add(scope.Keep(gradient.MatMul(t).To(DType.Float32)));           // [r, K]
                var part = gradient.T().MatMul(block).To(DType.Float32);            // [m, K]
                if (gathered is null) gathered = scope.Keep(part);
                else gathered.Add_(part);
            }
            if (gathered is not null) dt.Add(gathered);
        }

        /// <summary>Adds a block's loss and hits; gives dL/dscores = (softmax - onehot) / count, made in place of the scores.</summary>
        private Tensor? Block(Tensor scores, Tensor y, Sums total)
        {
            var picked = scores.Gather(1, y);                                       // [r, 1]
            scores.Scatter_(1, y, double.NegativeInfinity);
            var others = scores.MaxAlong(1, keep: true);                            // [r, 1]
            scores.Scatter_(1, y, picked);
            var highest = Tensor.Maximum(picked, others);                           // [r, 1]
            total.Correct.Add_(Hits(scores, picked, others));
            var exponentials = scores.Sub_(highest).Exp_();                         // [r, m]
            var sums = exponentials.Sum(1, keep: true);                             // [r, 1]
            total.Loss.Add_((sums.Log() + highest - picked).Sum());
            if (!withGradients) return null;
            var share = 1.0 / total.Count;
            return exponentials.Div_(sums * total.Count).ScatterAdd_(1, y, Tensor.Full([y.Size(0), 1], -share, device: y.Device));
        }

        /// <summary>
        /// A true target that shares the highest score with others counts as one of so many, else an encoder that maps all patches to
        /// one vector would seem to be always right. Ties are rare, so the pass over all scores that counts them is too; a GPU makes it
        /// always, since asking whether there are any would wait for it.
        /// </summary>
        private static Tensor Hits(Tensor scores, Tensor picked, Tensor others)
        {
            var (hits, ties) = (picked.Greater(others).Sum(), picked.Equal(others));
            if (scores.Device.Type == DeviceType.Cpu && ties.Sum().ToInt64() == 0) return hits;
            return hits + (ties.To(DType.Float32) / scores.Equal(picked).Sum(1, keep: true)).Sum();
        }

        protected override Tensor?[] Backward(Tensor?[] gradients) =>
            [predictionGradient! * gradients[0]!, targetGradient! * gradients[0]!];

        private sealed record Sums(Tensor Loss, Tensor Correct, long Count);
    }
}

/// <param name="Loss">Scalar, in nats; ln(m) at chance.</param>
/// <param name="Correct">Scalar without gradient: top-1 of the contrastive task, 1/m at chance.</param>
public readonly record struct InfoNceResult(Tensor Loss, Tensor Correct);
