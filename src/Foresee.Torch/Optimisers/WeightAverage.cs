using Foresee.Torch.Layers;

namespace Foresee.Torch.Optimisers;

/// <summary>
/// An exponential average of weights (Polyak): θ̄ = d θ̄ + (1-d) θ after each step, from θ̄ = θ at the start. Evaluate with
/// <c>using (average.SwapIn()) ...</c>
/// </summary>
public sealed class WeightAverage : IDisposable
{
    private readonly NamedTensor[] parameters;
    private readonly Tensor[] averages;
    private readonly double decay;
    private bool swapped;

    public WeightAverage(IEnumerable<NamedTensor> parameters, double decay)
    {
        if (decay is not (>= 0 and < 1)) throw new ArgumentException($"A weight average needs a decay of 0 to below 1, got {decay}.");
        this.decay = decay;
        this.parameters = parameters.ToArray();
        using var scope = TensorScope.Begin();
        averages = Array.ConvertAll(this.parameters, p => TensorScope.Detach(p.Value.Detach().Clone()));
    }

    public void Update() => Update(long.MaxValue);

    /// <summary>
    /// With a decay of at most (1+t) / (10+t) after t steps, so that a short run's average, too, forgets the weights that it began with
    /// (as TensorFlow's ExponentialMovingAverage does with num_updates).
    /// </summary>
    /// <param name="step">t, from 1 on.</param>
    public void Update(long step)
    {
        var share = Math.Min(decay, (1.0 + step) / (10.0 + step));
        if (swapped) throw new InvalidOperationException("The average is swapped in; end SwapIn before the next training step.");
        using var noGrad = Autograd.NoGrad();
        Each.Mul_(averages, share);
        Each.Add_(averages, Array.ConvertAll(parameters, p => p.Value), 1 - share);
    }

    /// <summary>The parameters hold the average until the result is disposed.</summary>
    public IDisposable SwapIn()
    {
        if (swapped) throw new InvalidOperationException("The average is swapped in already.");
        Swap();
        return new Return(this);
    }

    private void Swap()
    {
        using var scope = TensorScope.Begin();
        using var noGrad = Autograd.NoGrad();
        for (var i = 0; i < averages.Length; i++)
        {
            var held = averages[i].Clone();
            averages[i].Copy_(parameters[i].Value);
            parameters[i].Value.Copy_(held);
        }
        swapped = !swapped;
    }

    /// <summary>The averages under the parameters' names.</summary>
    public IReadOnlyDictionary<string, Tensor> State() =>
        parameters.Zip(averages).ToDictionary(pair => pair.First.Name, pair => pair.Second);

    public void Load(IReadOnlyDictionary<string, Tensor> state)
    {
        StateCheck.Fits(State(), state, "weight average");
        using var noGrad = Autograd.NoGrad();
        for (var i = 0; i < averages.Length; i++) averages[i].Copy_(state[parameters[i].Name]);
    }

    public void Dispose()
    {
        foreach (var average in averages) average.Dispose();
    }

    private sealed class Return(WeightAverage owner) : IDisposable
    {
        public void Dispose()
        {
            if (owner.swapped) owner.Swap();
        }
    }
}
