using Foresee.Images;
using Foresee.Torch;

namespace Foresee.Evaluation;

/// <summary>How a grid of latents becomes one vector.</summary>
public enum GridPooling
{
    /// <summary>Every position, H · W · D numbers.</summary>
    Whole = 0,
    /// <summary>The mean over all positions.</summary>
    One = 1,
    /// <summary>The means of 2 x 2 quarters.</summary>
    Two = 2,
    /// <summary>The means of 3 x 3 parts.</summary>
    Three = 3,
}

/// <summary>Features of chosen images of one source, one row each: f32 [N, K].</summary>
public sealed class FeatureTable : IDisposable
{
    private readonly Dictionary<int, long> rows;

    private FeatureTable(Tensor values, int[] indices)
    {
        Values = TensorScope.Detach(values);
        rows = indices.Select((index, row) => (index, row)).ToDictionary(pair => pair.index, pair => (long)pair.row);
    }

    /// <summary>[N, K], rows in the order of the indices it was computed for.</summary>
    public Tensor Values { get; }

    /// <summary>The rows of some of the images, [n, K].</summary>
    public Tensor Of(int[] indices) => Values.IndexSelect(0, Tensor.From(Array.ConvertAll(indices, index => rows[index])));

    /// <summary>Reads the images in batches and keeps nothing but their pooled features.</summary>
    /// <param name="extract">uint8 [B, C, H, W] to latents [B, h, w, D].</param>
    /// <param name="indices">Each image once.</param>
    /// <param name="poolings">One table for each, from one pass.</param>
    /// <param name="scaling">What each row is brought to before it is kept; null for nothing.</param>
    /// <param name="progress">Images done.</param>
    public static FeatureTable[] Compute(Func<Tensor, Tensor> extract, IImageSource source, int[] indices, InputFormat fit, GridPooling[] poolings,
        FeatureScaling? scaling = null, int batchSize = 250, Action<int>? progress = null, CancellationToken cancellation = default)
    {
        if (indices.Length == 0) throw new ArgumentException("Features need at least one image, got none.", nameof(indices));
        using var outer = TensorScope.Begin();
        var tables = new Tensor?[poolings.Length];
        var (gate, done) = (new Lock(), 0);
        Engine.ParallelJobs((indices.Length + batchSize - 1) / batchSize, batch =>
        {
            using var scope = TensorScope.Begin();
            using var inference = Autograd.NoGrad();
            var (from, count) = (batch * batchSize, Math.Min(batchSize, indices.Length - batch * batchSize));
            var grid = extract(ImageTensors.Read(source, indices.AsSpan(from, count), fit)).To(Device.Cpu).To(DType.Float32); // [B, h, w, D]
            for (var p = 0; p < poolings.Length; p++)
            {
                var pooled = scaling is null ? Pool(grid, poolings[p]) : scaling.Apply(Pool(grid, poolings[p]));                                                                      // [B, K]
                lock (gate) tables[p] ??= TensorScope.Detach(Tensor.Empty([indices.Length, pooled.Size(1)]));
                tables[p]!.Narrow(0, from, count).Copy_(pooled);
            }
            lock (gate) progress?.Invoke(done += count);
        }, cancellation);
        return Array.ConvertAll(tables, table => new FeatureTable(table!, indices));
    }

    /// <param name="grid">[B, h, w, D]; the result is [B, K], position by position with its D numbers.</param>
    public static Tensor Pool(Tensor grid, GridPooling pooling)
    {
        var side = (long)pooling;
        if (pooling == GridPooling.Whole) return grid.Contiguous().Flatten(1);
        return grid.Permute(0, 3, 1, 2).AdaptiveAvgPool2d(side, side) // [B, D, side, side]
            .Permute(0, 2, 3, 1).Contiguous().Flatten(1);             // [B, side · side · D]
    }

    public void Dispose() => Values.Dispose();
}
