using Foresee.Encoders;
using Foresee.Torch;
using Foresee.Torch.Layers;

namespace Foresee.Evaluation;

/// <summary>An encoder and a head on its grid: pixels in, logits out. Owns both.</summary>
/// <param name="head">[B, h, w, D] to [B, classes], on the device given.</param>
/// <param name="encodedAtOnce">Images; the maps inside a large encoder are gigabytes for a whole batch.</param>
public sealed class GridNetwork(TrainedEncoder encoder, Module head, Device device, int encodedAtOnce = FeatureTable.BatchSize)
    : IDisposable
{
    public TrainedEncoder Encoder => encoder;
    public Module Head => head;

    /// <summary>[B, classes] of a batch, without gradient.</summary>
    /// <param name="pixels">uint8 [B, C, H, W]</param>
    public Tensor Logits(Tensor pixels)
    {
        using var noGrad = Autograd.NoGrad();
        using var scope = TensorScope.Begin();
        return scope.Keep(head.Forward(Encode(pixels, encoder.Features).To(device)));
    }

    /// <summary>[B, K] of a batch, what the head pools of the grid, without gradient.</summary>
    /// <param name="pixels">uint8 [B, C, H, W]</param>
    internal Tensor Features(Tensor pixels)
    {
        using var noGrad = Autograd.NoGrad();
        using var scope = TensorScope.Begin();
        return scope.Keep(((IGridHead)head).Pooled(Encode(pixels, encoder.Features).To(device)));
    }

    /// <summary>The class of each image.</summary>
    /// <param name="pixels">uint8 [N, C, H, W]</param>
    public int[] Predict(Tensor pixels)
    {
        using var scope = TensorScope.Begin();
        return InBatches(pixels).ArgMax(1).ToArray<int>();
    }

    /// <summary>[N, classes], each row of sum 1.</summary>
    /// <param name="pixels">uint8 [N, C, H, W]</param>
    internal Tensor Probabilities(Tensor pixels)
    {
        using var scope = TensorScope.Begin();
        return scope.Keep(InBatches(pixels).Softmax(1));
    }

    /// <summary>Logits of any number of images, [N, classes].</summary>
    private Tensor InBatches(Tensor pixels)
    {
        var parts = new List<Tensor>();
        for (long from = 0, count = pixels.Size(0); from < count; from += FeatureTable.BatchSize)
            parts.Add(Logits(pixels.Narrow(0, from, Math.Min(FeatureTable.BatchSize, count - from))));
        return Tensor.Cat([.. parts], 0);
    }

    /// <returns>[B, h, w, D]</returns>
    internal Tensor Encode(Tensor pixels, Func<Tensor, Tensor> features)
    {
        var parts = new List<Tensor>();
        for (long from = 0, count = pixels.Size(0); from < count; from += encodedAtOnce)
            parts.Add(features(pixels.Narrow(0, from, Math.Min(encodedAtOnce, count - from))));
        return parts.Count == 1 ? parts[0] : Tensor.Cat([.. parts], 0);
    }

    public void Dispose()
    {
        head.Dispose();
        encoder.Dispose();
    }
}
