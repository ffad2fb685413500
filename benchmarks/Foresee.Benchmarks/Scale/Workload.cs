namespace Foresee.Benchmarks.Scale;

/// <summary>A part of a network with weights of its own.</summary>
/// <param name="Weights">Numbers that learn, biases and norms among them.</param>
/// <param name="MultiplyAdds">Of one image, forward.</param>
internal readonly record struct Layer(long Weights, double MultiplyAdds)
{
    /// <summary>Channels of a batch norm behind it; 0 where there is none.</summary>
    public int Normed { get; init; }
}

/// <summary>What one worker does in a step.</summary>
/// <param name="Images">Of one worker.</param>
/// <param name="Layers">In the order of their use.</param>
internal sealed record Workload(string Name, int Images, IReadOnlyList<Layer> Layers)
{
    /// <summary>Views of an image that pass through the network.</summary>
    public int Views { get; init; } = 1;

    /// <summary>Whether the backward computes activations again.</summary>
    public bool Recomputes { get; init; }

    /// <summary>Bytes of a worker that all compare with; 0 where each has its own candidates.</summary>
    public double Gathered { get; init; }

    /// <summary>Whether batch norms measure the images of all workers.</summary>
    public bool NormsTogether { get; init; }

    /// <summary>Sums of a few numbers at the end of a step: the loss that is shown, whether to stop.</summary>
    public int SmallSums { get; init; } = 2;

    public long Weights => Layers.Sum(layer => layer.Weights);

    /// <summary>Of gradients, which travel as f32.</summary>
    public double GradientBytes => sizeof(float) * (double)Weights;

    /// <summary>Multiply-adds of one image through all layers, forward.</summary>
    public double Forward => Views * Layers.Sum(layer => layer.MultiplyAdds);

    /// <summary>Floating-point operations of a step: each product comes back twice, for its input and its weight.</summary>
    public double Operations => 2 * Forward * Images * (BackwardShare + 1);

    /// <summary>Times as long as the forward.</summary>
    public double BackwardShare => Recomputes ? 3 : 2;
}

/// <summary>How fast one worker is by itself.</summary>
/// <param name="Compute">Seconds of forward and backward in a step.</param>
/// <param name="Rest">Seconds of a step without any exchange and after the backward: the optimiser.</param>
/// <param name="ImagesRead">Images a second that its loader hands over.</param>
internal sealed record Worker(double Compute, double Rest, double ImagesRead)
{
    /// <summary>σ of the natural logarithm of its times: what one step takes longer or shorter than another.</summary>
    public double Jitter { get; init; }

    /// <summary>Of steps that were measured, as multiples of their mean; in place of <see cref="Jitter"/> where there are some.</summary>
    public IReadOnlyList<double> Measured { get; init; } = [];

    /// <param name="rate">Floating-point operations a second in this network.</param>
    /// <param name="memory">Bytes a second of its memory, which bounds the optimiser.</param>
    public static Worker Of(Workload work, double rate, double memory, double imagesRead, double jitter)
    {
        const int Touches = 7; // Adam reads weight, gradient and two moments of f32 and writes three
        return new(work.Operations / rate, Touches * work.GradientBytes / memory, imagesRead) { Jitter = jitter };
    }

    /// <summary>Of the slowest of so many in one step, as a multiple of the mean or median.</summary>
    public double Slowest(int workers, Random random)
    {
        var slowest = 0.0;
        for (var i = 0; i < workers; i++) slowest = Math.Max(slowest, Factor(random));
        return slowest;
    }

    private double Factor(Random random)
    {
        if (Measured.Count > 0) return Measured[random.Next(Measured.Count)];
        if (Jitter == 0) return 1;
        var normal = Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble()); // Box and Muller
        return Math.Exp(Jitter * normal);
    }
}
