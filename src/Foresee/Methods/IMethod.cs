using Foresee.Encoders;
using Foresee.Images;
using Foresee.Losses;
using Foresee.Torch;
using Foresee.Torch.Layers;

namespace Foresee.Methods;

/// <summary>A way to learn from images without labels: what the training loop needs to know of it.</summary>
public interface IMethod : IDisposable
{
    /// <summary>All that a checkpoint holds: what learns, and momentum copies and queues, too.</summary>
    Module Network { get; }

    /// <summary>The part that is kept after pretraining.</summary>
    Encoder Encoder { get; }

    /// <summary>
    /// Images that the loss compares with each other: a batch falls into independent parts of so many. 0 for the whole batch.
    /// </summary>
    int IndependentImages => 0;

    /// <summary>What the network will see of a batch; all randomness of a step is here.</summary>
    /// <param name="batch">Pixels on the CPU.</param>
    /// <param name="generator">The only source of randomness.</param>
    /// <returns>Tensors on the method's device.</returns>
    Inputs Prepare(ImageBatch batch, Generator generator);

    /// <param name="inputs">Of <see cref="Prepare"/>, or whole independent parts of it. May be called on several threads at once.</param>
    /// <returns>Means over the parts.</returns>
    StepLoss Loss(Inputs inputs);

    /// <summary>
    /// What learns from which loss, one after the other within a step; an adversary has two. Each has an optimiser of its own.
    /// </summary>
    IReadOnlyList<Phase> Phases => [new("", Network.Parameters(), Loss)];

    /// <summary>
    /// Rows of pictures, for methods that make some: what is put in, what should come out, what does. Each [B, C, height, width] of 0 to 1,
    /// on the CPU; none for the others.
    /// </summary>
    /// <param name="batch">Pixels on the CPU.</param>
    IReadOnlyList<Tensor> Pictures(ImageBatch batch, Generator generator) => [];

    /// <summary>
    /// Before the first step of each pass over the images, for methods that look at all of them (clusters, memory banks).
    /// </summary>
    void BeforeEpoch(EpochStart start) { }

    /// <summary>After the optimisers' steps: momentum copies, queues, centres.</summary>
    /// <param name="step">Steps done, from 1 on.</param>
    /// <param name="steps">Steps planned; 0 while that is not known.</param>
    void AfterStep(long step, long steps) { }
}

/// <summary>What a step works on.</summary>
/// <param name="Indices">Of the images in their source.</param>
/// <param name="Tensors">Such as two views, crops of several sizes, patches and their order. Each has the images as its first
/// dimension.</param>
public sealed record Inputs(int[] Indices, params IReadOnlyList<Tensor> Tensors)
{
    /// <summary>Equal parts, in order.</summary>
    /// <param name="parts">It divides the number of images.</param>
    public Inputs[] Split(int parts)
    {
        if (parts == 1) return [this];
        var (tensors, size) = (Tensors.Select(tensor => tensor.Chunk(parts)).ToList(), Indices.Length / parts);
        return [.. Enumerable.Range(0, parts).Select(part =>
            new Inputs(Indices[(part * size)..((part + 1) * size)], [.. tensors.Select(t => t[part])]))];
    }
}

/// <param name="Name">"" where there is only one; else it stands before the names of the optimiser's state in a checkpoint.</param>
/// <param name="Parameters">What learns in it.</param>
/// <param name="Loss">What it minimises.</param>
public sealed record Phase(string Name, IEnumerable<NamedTensor> Parameters, Func<Inputs, StepLoss> Loss)
{
    /// <summary>Its learning rate, as a share of the run's.</summary>
    public double Rate { get; init; } = 1;
}

/// <param name="Total">The scalar to minimise.</param>
/// <param name="ChanceLevel">What it is for a network that has learnt nothing; null where that is not known.</param>
/// <param name="Metrics">For the log. They stay on the device until a step is logged.</param>
public sealed record StepLoss(Tensor Total, double? ChanceLevel, params IReadOnlyList<Metric> Metrics)
{
    /// <summary>Of the choice of the true one among m candidates, with its accuracy: ln m and 1/m at chance.</summary>
    internal static StepLoss Among(long candidates, InfoNceResult choice, params IReadOnlyList<Metric> others) =>
        new(choice.Loss, Math.Log(candidates), [new Metric(Metric.Accuracy, choice.Correct, 1.0 / candidates), .. others]);
}

/// <summary>One number that tells how a step went.</summary>
/// <param name="Name">"loss" and "accuracy" are shown as the run's, as their mean over all series; others by their name.</param>
/// <param name="Value">Scalar, without gradient.</param>
/// <param name="ChanceLevel">What it is for a network that has learnt nothing; null where that is not known.</param>
/// <param name="Series">Which of several alike it is, such as "down"; null where there is one.</param>
/// <param name="Offset">Its place within a series, such as rows ahead.</param>
public sealed record Metric(string Name, Tensor Value, double? ChanceLevel = null, string? Series = null, int Offset = 0)
{
    public const string Loss = "loss", Accuracy = "accuracy";

    /// <summary>
    /// The spread of vectors brought to length 1: near 1/√d where they point everywhere, 0 where all images have one (collapse).
    /// </summary>
    /// <param name="z">[n, d]</param>
    public static Metric OutputStd(Tensor z) => new("output std", NegativeCosine.Spread(z.Detach()), 1 / Math.Sqrt(z.Size(1)));
}

/// <summary>A pass over the images begins.</summary>
/// <param name="Epoch">From 0 on.</param>
/// <param name="Images">How many there are.</param>
/// <param name="Features">Of all images in their order, by the encoder as it is now, without augmentation: f32 [N, D], means over the grid.
/// Costs a pass; an image that can't be read has a row of zeros.</param>
public sealed record EpochStart(int Epoch, int Images, Func<Tensor> Features);
