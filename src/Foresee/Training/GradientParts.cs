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
    private readonly int shares, threads = Engine.Threads;
    private readonly NamedTensor[] parameters;

    public GradientParts(IMethod method, int batchSize, Device device)
    {
        this.method = method;
        parameters = [.. method.Network.Parameters()];
        var parts = method.PartImages > 0 && batchSize % method.PartImages == 0 ? batchSize / method.PartImages : 1;
        shares = device.Type == DeviceType.Cpu ? Enumerable.Range(1, Math.Min(parts, Engine.Threads)).Last(n => parts % n == 0) : 1;
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
        var inputs = augmented.Chunk(shares);
        Engine.SideBySide(shares, i => results[i] = Take(inputs[i]), threads: threads);
        Add(results);
        return [.. results[0].Terms.Select((term, t) => term with
        {
            Loss = results.Average(r => r.Terms[t].Loss),
            Accuracy = results.Average(r => r.Terms[t].Accuracy),
        })];
    }

    private Share Take(Tensor input)
    {
        using var scope = TensorScope.Begin();
        var loss = method.Loss(input);
        var gradients = Autograd.Gradients([shares == 1 ? loss.Total : loss.Total / shares], Array.ConvertAll(parameters, p => p.Value));
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

    private sealed record Share(TermValue[] Terms, Tensor?[] Gradients);
}

/// <summary>A <see cref="LossTerm"/> as numbers.</summary>
internal sealed record TermValue(string Name, double Loss, double Accuracy, long Candidates);
