using Foresee.Encoders;
using Foresee.Torch;
using Foresee.Torch.Layers;

namespace Foresee.Methods;

/// <summary>A way to learn from images without labels: what the training loop needs to know of it.</summary>
public interface IMethod : IDisposable
{
    /// <summary>All that is trained and saved.</summary>
    Module Network { get; }

    /// <summary>The part that is kept after pretraining.</summary>
    PatchEncoder Encoder { get; }

    /// <summary>All that is needed to use it.</summary>
    EncoderDescription Description { get; }

    /// <summary>Images that a term of the loss compares with each other: batches fall into independent parts of so many. 0 for the whole batch.</summary>
    int IndependentImages { get; }

    /// <summary>What the network will see of a batch; all chance of a step is here.</summary>
    /// <param name="pixels">[B, C, height, width] UInt8</param>
    /// <param name="generator">The only source of chance.</param>
    /// <returns>[B, ...]</returns>
    Tensor Augment(Tensor pixels, Generator generator);

    /// <param name="augmented">Of <see cref="Augment"/>, or whole parts of it. May be called on several threads at once.</param>
    /// <returns>Means over the parts.</returns>
    MethodLoss Loss(Tensor augmented);

    /// <summary>After the optimiser's step: momentum encoders, queues; empty for most methods.</summary>
    void AfterStep();
}

/// <param name="Total">The scalar to minimise.</param>
/// <param name="Terms">Its parts, for the log.</param>
public sealed record MethodLoss(Tensor Total, IReadOnlyList<LossTerm> Terms);

/// <summary>One contrastive task.</summary>
/// <param name="Name">For instance "down+2".</param>
/// <param name="Loss">Scalar, without gradient.</param>
/// <param name="Accuracy">Scalar, top-1 in 0..1, without gradient.</param>
/// <param name="Candidates">Among which the true one is sought: chance is ln(Candidates) and 1/Candidates.</param>
public sealed record LossTerm(string Name, Tensor Loss, Tensor Accuracy, long Candidates);
