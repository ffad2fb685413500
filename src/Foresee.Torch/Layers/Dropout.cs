namespace Foresee.Torch.Layers;

/// <summary>In training each element is zero with the given probability p, and 1/(1-p) times itself otherwise; else unchanged.</summary>
public sealed class Dropout : Module
{
    private readonly double probability;
    private readonly Generator generator;

    /// <param name="generator">Where the draws come from; it must outlive the module.</param>
    public Dropout(double probability, Generator generator)
    {
        if (probability is not (>= 0 and < 1))
            throw new ArgumentException($"Dropout needs a probability of 0 to below 1, got {probability}.");
        (this.probability, this.generator) = (probability, generator);
    }

    public override Tensor Forward(Tensor x)
    {
        if (!Training || probability == 0) return x;
        if (Recompute.Inside)
            throw new InvalidOperationException("Dropout inside a part that is computed again would draw other numbers the second time; "
                + "leave it out, or keep this part's activations.");
        var mask = x.Detach().EmptyLike().Bernoulli_(1 - probability, generator).Div_(1 - probability);
        return x * mask;
    }
}
