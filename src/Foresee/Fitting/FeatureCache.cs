using System.Text.Json;
using Foresee.Encoders;
using Foresee.Evaluation;
using Foresee.Images;
using Foresee.Torch;
using Foresee.Torch.Files;

namespace Foresee.Fitting;

/// <summary>
/// Pooled features of one encoder, image by image, on the disk and in memory: made once for all folds, protocols and later calls. Each
/// block of images is a file of its own, whole or not there, so that a program that is killed loses one block.
/// </summary>
/// <param name="folder">Of this encoder and pooling alone.</param>
internal sealed class FeatureCache(string folder, GridPooling pooling) : IDisposable
{
    private const int BlockSize = 2 * FeatureTable.BatchSize;
    private const string Rows = "features", Keys = "keys";
    private readonly Dictionary<string, (Tensor Block, int Row)> rows = [];
    private readonly List<Tensor> blocks = [];
    private bool read;

    public GridPooling Pooling => pooling;

    /// <summary>The features of some images; those that are not known yet are made.</summary>
    /// <param name="keys">One for each image of the source, see <see cref="ImageKeys"/>.</param>
    /// <param name="made">Images made since the last call.</param>
    public FeatureTable Of(TrainedEncoder encoder, IImageSource source, string[] keys, int[] indices, int threads, Action<int>? made,
        CancellationToken cancel)
    {
        ReadFolder();
        int[] missing = [.. indices.Where(index => !rows.ContainsKey(keys[index])).DistinctBy(index => keys[index])];
        foreach (var some in missing.Chunk(BlockSize * Math.Max(1, threads)))
        {
            var table = FeatureTable.Compute(encoder.Features, source, some, encoder.Input, [new(pooling)], threads,
                cancellation: cancel)[0];
            Write(table.Values, Array.ConvertAll(some, index => keys[index]));
            made?.Invoke(some.Length);
        }
        return FeatureTable.Of(Gather(Array.ConvertAll(indices, index => keys[index])), indices);
    }

    /// <summary>Whether nothing would have to be made.</summary>
    public bool Has(IEnumerable<string> keys)
    {
        ReadFolder();
        return keys.All(rows.ContainsKey);
    }

    /// <returns>[n, K], in the order of the keys.</returns>
    private Tensor Gather(string[] keys)
    {
        using var scope = TensorScope.Begin();
        var all = Tensor.Empty([keys.Length, rows[keys[0]].Block.Size(1)]);
        // Runs of rows that lie one behind the other in a block are copied at once.
        for (int from = 0, to; from < keys.Length; from = to)
        {
            var (block, first) = rows[keys[from]];
            for (to = from + 1; to < keys.Length && rows[keys[to]] is var (other, row) && ReferenceEquals(other, block)
                && row == first + to - from;) to++;
            all.Narrow(0, from, to - from).Copy_(block.Narrow(0, first, to - from));
        }
        return scope.Keep(all);
    }

    private void Write(Tensor values, string[] keys)
    {
        Directory.CreateDirectory(folder);
        var number = Directory.EnumerateFiles(folder, "*.safetensors").Count();
        while (File.Exists(PathOf(number))) number++;
        Safetensors.Write(PathOf(number), [new(Rows, values)], new Dictionary<string, string> { [Keys] = JsonSerializer.Serialize(keys) });
        Take(values, keys);
    }

    private string PathOf(int block) => Path.Combine(folder, FormattableString.Invariant($"{block}.safetensors"));

    private void ReadFolder()
    {
        if (read) return;
        read = true;
        if (!Directory.Exists(folder)) return;
        foreach (var path in Directory.EnumerateFiles(folder, "*.safetensors").Order(StringComparer.Ordinal))
        {
            var content = Safetensors.ReadWeights(path);
            Take(content.Tensors[Rows], JsonSerializer.Deserialize<string[]>(content.Metadata[Keys])!);
        }
    }

    private void Take(Tensor block, string[] keys)
    {
        blocks.Add(block);
        foreach (var (row, key) in keys.Index()) rows.TryAdd(key, (block, row));
    }

    public void Dispose()
    {
        foreach (var block in blocks) block.Dispose();
    }
}
