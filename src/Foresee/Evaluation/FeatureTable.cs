using System.Runtime.InteropServices;
using Foresee.Encoders;
using Foresee.Images;
using Foresee.Torch;
using Foresee.Torch.Distributed;

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

/// <summary>How a grid of latents becomes the row of an image: pooled, and scaled where a scaling is given.</summary>
public readonly record struct FeatureForm(GridPooling Pooling, FeatureScaling? Scaling = null)
{
    /// <param name="grid">[B, h, w, D]</param>
    /// <returns>[B, K]</returns>
    public Tensor Of(Tensor grid) => Scaling is null ? FeatureTable.Pool(grid, Pooling) : Scaling.Apply(FeatureTable.Pool(grid, Pooling));
}

/// <summary>Features of chosen images of one source, one row each: f32 [N, K].</summary>
public sealed class FeatureTable : IDisposable
{
    /// <summary>Images that are encoded at once.</summary>
    public const int BatchSize = 250;

    private readonly Dictionary<int, long> rows;

    private FeatureTable(Tensor values, int[] indices)
    {
        Values = TensorScope.Detach(values);
        rows = indices.Select((index, row) => (index, row)).ToDictionary(pair => pair.index, pair => (long)pair.row);
    }

    /// <summary>From rows that are there.</summary>
    /// <param name="values">[N, K], which the table owns from now on.</param>
    internal static FeatureTable Of(Tensor values, int[] indices) => new(values, indices);

    /// <summary>[N, K], rows in the order of the indices it was computed for.</summary>
    public Tensor Values { get; }

    /// <summary>The rows of some of the images, [n, K].</summary>
    public Tensor Of(int[] indices) => Values.IndexSelect(0, Tensor.From(Array.ConvertAll(indices, index => rows[index])));

    /// <summary>Some of the images, scaled, as a table of their own.</summary>
    internal FeatureTable Scaled(FeatureScaling scaling, int[] indices)
    {
        using var scope = TensorScope.Begin();
        return new(scaling.Apply(Of(indices)), indices);
    }

    /// <summary>Reads the images in batches and keeps nothing but their pooled features.</summary>
    /// <param name="extract">uint8 [B, C, H, W] to latents [B, h, w, D].</param>
    /// <param name="indices">Each image once.</param>
    /// <param name="forms">One table for each, from one pass.</param>
    /// <param name="progress">Images done.</param>
    /// <param name="group">The processes that share the batches, each of which gets all tables; null for one.</param>
    public static FeatureTable[] Compute(Func<Tensor, Tensor> extract, IImageSource source, int[] indices, InputFormat fit,
        FeatureForm[] forms,
        int threads, int batchSize = BatchSize, Action<int>? progress = null, CancellationToken cancellation = default,
        ProcessGroup? group = null)
    {
        if (indices.Length == 0) throw new ArgumentException("Features need at least one image, got none.", nameof(indices));
        using var outer = TensorScope.Begin();
        var tables = new Tensor?[forms.Length];
        var (gate, done) = (new Lock(), 0);
        int Count(int batch) => Math.Min(batchSize, indices.Length - batch * batchSize);
        // [B, K] of each form
        Tensor[] Make(int batch)
        {
            var pixels = ImageTensors.Read(source, indices.AsSpan(batch * batchSize, Count(batch)), fit);
            var grid = extract(pixels).To(Device.Cpu).To(DType.Float32);                                           // [B, h, w, D]
            return Array.ConvertAll(forms, form => form.Of(grid));
        }
        void Keep(int batch, Tensor[] made)
        {
            foreach (var (p, rows) in made.Index())
            {
                lock (gate) tables[p] ??= TensorScope.Detach(Tensor.Empty([indices.Length, rows.Size(1)]));
                tables[p]!.Narrow(0, batch * batchSize, Count(batch)).Copy_(rows);
            }
            lock (gate) progress?.Invoke(done += Count(batch));
        }
        var batches = (indices.Length + batchSize - 1) / batchSize;
        if (group is null)
            Engine.ParallelJobs(batches, batch =>
            {
                using var scope = TensorScope.Begin();
                using var inference = Autograd.NoGrad();
                Keep(batch, Make(batch));
            }, cancellation, threads);
        else
            SharedJobs.Run(group, batches, (batch, _) =>
            {
                using var scope = TensorScope.Begin();
                using var inference = Autograd.NoGrad();
                return Told(Make(batch));
            }, (batch, told) =>
            {
                using var scope = TensorScope.Begin();
                Keep(batch, Heard(told, Count(batch)));
            }, threads, cancellation);
        return Array.ConvertAll(tables, table => new FeatureTable(table!, indices));
    }

    /// <summary>For other ranks: of each form the length of its rows, and the rows.</summary>
    private static byte[] Told(Tensor[] made)
    {
        var bytes = new MemoryStream();
        foreach (var rows in made)
        {
            bytes.Write(BitConverter.GetBytes((int)rows.Size(1)));
            bytes.Write(MemoryMarshal.AsBytes<float>(rows.Contiguous().ToArray<float>()));
        }
        return bytes.ToArray();
    }

    private static Tensor[] Heard(byte[] told, int rows)
    {
        var made = new List<Tensor>();
        ReadOnlySpan<int> numbers = MemoryMarshal.Cast<byte, int>(told);
        while (numbers.Length > 0)
        {
            var width = numbers[0];
            made.Add(Tensor.From<float>(MemoryMarshal.Cast<int, float>(numbers.Slice(1, rows * width)), rows, width));
            numbers = numbers[(1 + rows * width)..];
        }
        return [.. made];
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
