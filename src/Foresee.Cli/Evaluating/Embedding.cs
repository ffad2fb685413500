using System.Text.Json;
using Foresee.Encoders;
using Foresee.Evaluation;
using Foresee.Images;
using Foresee.Torch;
using Foresee.Torch.Distributed;

namespace Foresee.Cli;

/// <summary>The vectors that an encoder makes of images, in the order of their source; several processes share the batches.</summary>
/// <param name="group">Null for one process.</param>
internal sealed class Embedding(TrainedEncoder encoder, IImageSource source, GridPooling pooling, int threads, ProcessGroup? group)
    : IDisposable
{
    private const int BatchSize = 100;

    private readonly ImageLoader loader = new(source,
        new() { BatchSize = BatchSize, Threads = group is null ? threads : 1, CacheBytes = 0, Input = encoder.Input });
    private readonly SortedDictionary<int, PlacedRows> batches = [];

    /// <summary>The place of each row's image in the source.</summary>
    public IReadOnlyList<int> Places => [.. batches.Values.SelectMany(batch => batch.Places)];

    /// <summary>What any of the processes has met in reading; complete after <see cref="Make"/>.</summary>
    public ReadingRemarks Remarks { get; private set; } = new([], 0, 0);

    /// <param name="show">The images that are done.</param>
    /// <returns>f32 [images, features]; on other ranks than the first, no row.</returns>
    public Tensor Make(Action<int> show, CancellationToken cancel)
    {
        using var scope = TensorScope.Begin();
        var done = 0;
        void Take(int number, PlacedRows batch)
        {
            if (group is null or { Rank: 0 }) batches[number] = batch;
            show(done += batch.Places.Length);
        }
        if (group is null) MakeAlone(Take, cancel);
        else SharedJobs.Run(group, (source.Count + BatchSize - 1) / BatchSize, MakeOne,
            (number, bytes) => Take(number, PlacedRows.Read(bytes)), threads, cancel);
        Remarks = new ReadingRemarks(loader.Skipped, loader.SixteenBit, loader.WithMorePictures).OfAll(group);
        return scope.Keep(Rows());
    }

    private void MakeAlone(Action<int, PlacedRows> take, CancellationToken cancel)
    {
        foreach (var (number, batch) in loader.Pass().Index())
            using (batch)
            {
                cancel.ThrowIfCancellationRequested();
                take(number, Of(batch));
            }
    }

    /// <summary>A batch as one process would have it; empty where none of it can be read.</summary>
    private byte[] MakeOne(int number, CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        var (from, result) = (number * BatchSize, new PlacedRows([], []));
        foreach (var batch in loader.PartOfPass([.. Enumerable.Range(from, Math.Min(BatchSize, source.Count - from))]))
            using (batch) result = Of(batch);
        return result.ToBytes();
    }

    private PlacedRows Of(ImageBatch batch)
    {
        using var scope = TensorScope.Begin();
        var rows = FeatureTable.Pool(encoder.Features(batch.ToTensor()).To(Device.Cpu), pooling);  // [B, K]
        return new([.. batch.Indices], rows.Contiguous().ToArray<float>());
    }

    private Tensor Rows()
    {
        var all = Tensor.Empty([Places.Count, batches.Values.Select(batch => batch.Width).DefaultIfEmpty().Max()]);
        var data = all.Data<float>();
        foreach (var batch in batches.Values)
        {
            batch.Values.CopyTo(data);
            data = data[batch.Values.Length..];
        }
        return all;
    }

    public void Dispose() => loader.Dispose();
}

/// <summary>What was met in reading images.</summary>
/// <param name="Skipped">Those that could not be read.</param>
/// <param name="SixteenBit">How many have 16 bits per channel in their file.</param>
/// <param name="MorePictures">How many are the first of several in their file.</param>
internal sealed record ReadingRemarks(IReadOnlyList<SkippedImage> Skipped, int SixteenBit, int MorePictures)
{
    /// <summary>Of all ranks, each of which has read images of its own.</summary>
    public ReadingRemarks OfAll(ProcessGroup? group)
    {
        if (group is null) return this;
        var all = Array.ConvertAll(group.GatherBytes(JsonSerializer.SerializeToUtf8Bytes(this)),
            bytes => JsonSerializer.Deserialize<ReadingRemarks>(bytes)!);
        return new([.. all.SelectMany(rank => rank.Skipped).OrderBy(image => image.Index)], all.Sum(rank => rank.SixteenBit),
            all.Sum(rank => rank.MorePictures));
    }
}
