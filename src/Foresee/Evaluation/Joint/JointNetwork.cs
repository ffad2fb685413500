using Foresee.Classifiers;
using Foresee.Torch;
using Foresee.Torch.Layers;
using Foresee.Torch.Optimisers;

namespace Foresee.Evaluation.Joint;

/// <summary>A network as joint training sees it: views in, features, logits.</summary>
internal abstract class JointNetwork(DType compute) : IDisposable
{
    /// <summary>K, the length of its features.</summary>
    public abstract int Width { get; }

    /// <summary>[N, C, H, W] of 0 to 1 to what the network takes, of variance about 1.</summary>
    public abstract Tensor Normalised(Tensor views);

    /// <summary>[N, C, H, W], normalised, to [N, K].</summary>
    public abstract Tensor Features(Tensor x);

    /// <summary>[N, K] to [N, classes].</summary>
    public abstract Tensor Logits(Tensor features);

    /// <summary>Weights and running statistics.</summary>
    public IEnumerable<NamedTensor> State() => Parts.SelectMany(part => part.State());

    /// <summary>Its optimisers.</summary>
    public abstract IEnumerable<RateGroup> Groups(OneCycle cycle);

    /// <summary>Takes the network over; batch norm is then as in use.</summary>
    public abstract Classifier ToClassifier(ClassifierDescription description);

    protected abstract IReadOnlyList<Module> Parts { get; }

    public void Train(bool training)
    {
        foreach (var part in Parts) part.Train(training);
    }

    /// <summary>
    /// While the result lives the network multiplies in Float32; afterwards running statistics are as they were: for passes that ask how it
    /// would answer. Not while gradients of an earlier pass are still wanted.
    /// </summary>
    public IDisposable Questioned() => new Question(this, compute);

    private sealed class Question : IDisposable
    {
        private readonly JointNetwork network;
        private readonly DType compute;
        private readonly Tensor[] buffers, before;

        public Question(JointNetwork network, DType compute)
        {
            (this.network, this.compute) = (network, compute);
            buffers = [.. network.Parts.SelectMany(part => part.Buffers()).Select(buffer => buffer.Value)];
            using var noGrad = Autograd.NoGrad();
            before = Array.ConvertAll(buffers, buffer => buffer.Clone());
            network.Compute(DType.Float32);
        }

        public void Dispose()
        {
            using var noGrad = Autograd.NoGrad();
            foreach (var (buffer, value) in buffers.Zip(before)) buffer.Copy_(value);
            network.Compute(compute);
        }
    }

    protected abstract void Compute(DType type);

    public abstract void Dispose();
}
