using Foresee.Methods;
using Foresee.Torch;
using Foresee.Torch.Layers;

namespace Foresee.Training;

/// <summary>
/// Loss and gradients of a batch. Where the method's batch falls into independent parts, each thread takes a share of them through
/// forward and backward by itself. The shares are added in order, so the result does not depend on timing.
/// </summary>
internal sealed class GradientParts
{
    private readonly IMethod method;
    private readonly int shares, pieces, threads = Engine.Threads;
    private readonly NamedTensor[] parameters;

    /// <param name="atOnce">Images that may pass through the network at once on each thread; 0 for any number.</param>
    public GradientParts(IMethod method, int batchSize, Device device, int atOnce = 0)
    {
        this.method = method;
        parameters = [.. method.Network.Parameters()];
        var parts = method.IndependentImages > 0 && batchSize % method.IndependentImages == 0 ? batchSize / method.IndependentImages : 1;
        shares = device.Type == DeviceType.Cpu ? Enumerable.Range(1, Math.Min(parts, Engine.Threads)).Last(n => parts % n == 0) : 1;
        // Each share in the fewest equal pieces that are small enough and whole parts.
        var (images, within) = (batchSize / shares, parts / shares);
        pieces = atOnce == 0 || images <= atOnce ? 1 : Enumerable.Range(1, within).FirstOrDefault(n => within % n == 0 && images / n <= atOnce);
        if (pieces == 0)
            throw new ArgumentException($"A batch of {batchSize} images that are compared {(parts > 1 ? $"in parts of {method.IndependentImages}" : "all with all")} can't pass through the network {atOnce} at a time; accumulate {batchSize / parts} images or more, or let the method compare fewer.");
    }

    /// <summary>
    /// What <see cref="Engine.Threads"/> should be between the shares: a thread that an operator woke would spin for its next
    /// work while the shares compute.
    /// </summary>
    public int ThreadsBetween => Math.Max(1, threads / shares);

    /// <summary>Leaves the gradients in the parameters.</summary>
    /// <param name="augmented">[B, ...]</param>
    public IReadOnlyList<TermValue> Compute(Tensor augmented)
    {
        var results = new Share[shares];
        var inputs = augmented.Chunk(shares * pieces);
        Engine.ParallelJobs(shares, i => results[i] = Take(inputs[(i * pieces)..((i + 1) * pieces)]), threads: threads);
        Add(results);
        return [.. results[0].Terms.Select((term, t) => term with
        {
            Loss = results.Average(r => r.Terms[t].Loss),
            Accuracy = results.Average(r => r.Terms[t].Accuracy),
        })];
    }

    private Share Take(Tensor[] inputs)
    {
        var whole = TakePiece(inputs[0]);
        foreach (var input in inputs.Skip(1)) whole = whole.With(TakePiece(input));
        return whole with { Terms = [.. whole.Terms.Select(term => term with { Loss = term.Loss / pieces, Accuracy = term.Accuracy / pieces })] };
    }

    private Share TakePiece(Tensor input)
    {
        using var scope = TensorScope.Begin();
        var loss = method.Loss(input);
        var gradients = Autograd.Gradients([shares * pieces == 1 ? loss.Total : loss.Total / (shares * pieces)], Array.ConvertAll(parameters, p => p.Value));
        foreach (var gradient in gradients)
            if (gradient is not null) TensorScope.Detach(gradient);
        return new([.. loss.Terms.Select(t => new TermValue(t.Name, t.Loss.ToDouble(), t.Accuracy.ToDouble(), t.Candidates))], gradients);
    }

    private void Add(Share[] results)
    {
        using var scope = TensorScope.Begin();
        using var noGrad = Autograd.NoGrad();
        for (var p = 0; p < parameters.Length; p++)
        {
            using var first = results[0].Gradients[p];
            var sum = first;
            for (var s = 1; s < results.Length; s++)
            {
                using var other = results[s].Gradients[p];
                if (other is not null) sum = sum! + other;
            }
            parameters[p].Value.Grad = sum;
        }
    }

    private sealed record Share(TermValue[] Terms, Tensor?[] Gradients)
    {
        /// <summary>The sums of both; the other's gradients are used up.</summary>
        public Share With(Share other)
        {
            using var noGrad = Autograd.NoGrad();
            for (var p = 0; p < Gradients.Length; p++)
            {
                using var more = other.Gradients[p];
                if (more is null) continue;
                using var before = Gradients[p];
                Gradients[p] = TensorScope.Detach(before is null ? more.Clone() : before + more); // not in place: gradients may share memory
            }
            return this with { Terms = [.. Terms.Zip(other.Terms, (a, b) => a with { Loss = a.Loss + b.Loss, Accuracy = a.Accuracy + b.Accuracy })] };
        }
    }
}

/// <summary>A <see cref="LossTerm"/> as numbers.</summary>
internal sealed record TermValue(string Name, double Loss, double Accuracy, long Candidates);
