using Foresee.Images;
using Foresee.Labels;
using Foresee.Torch;
using Foresee.Torch.Losses;
using Foresee.Torch.Optimisers;

namespace Foresee.Evaluation;

/// <summary>
/// Linear evaluation as in Hénaff et al. 2020, learnt from batches of augmented images: a <see cref="ScaleFreeHead"/> on the frozen grid, by cross
/// entropy. Images and features live for one batch, so it needs no more memory for a million images than for a thousand.
/// </summary>
/// <remarks>The first loss is ln(classes), chance. Unread images are decoded in each pass anew; <see cref="LabelledImages.Readable"/> keeps up to 1 GiB of them.</remarks>
public sealed class SgdLinearProbe : IDisposable
{
    private const int PredictionBatch = 250;
    private const int EncodedAtOnce = 32; // images: the maps inside a large encoder are gigabytes for a whole batch
    private readonly TrainedEncoder encoder;
    private readonly ScaleFreeHead head;

    private SgdLinearProbe(TrainedEncoder encoder, int classes)
    {
        (this.encoder, head) = (encoder, new(encoder.Description.Options.Features, classes));
        head.To(encoder.Device);
    }

    /// <param name="encoder">Borrowed; may serve several probes at once.</param>
    /// <param name="drawn">The images that are learnt from.</param>
    public static SgdLinearProbe Fit(TrainedEncoder encoder, LabelledImages data, int[] drawn, SgdLinearProbeOptions options, ulong seed,
        Action<FitProgress>? progress = null, CancellationToken cancellation = default)
    {
        options.Validate();
        var probe = new SgdLinearProbe(encoder, data.Classes.Length);
        try
        {
            probe.Train(data, drawn, options, seed, progress, cancellation);
            return probe;
        }
        catch
        {
            probe.Dispose();
            throw;
        }
    }

    private void Train(LabelledImages data, int[] drawn, SgdLinearProbeOptions options, ulong seed, Action<FitProgress>? progress, CancellationToken cancellation)
    {
        using var outer = TensorScope.Begin();
        using var generator = new Generator(seed);
        using var optimiser = new Adam(head.Parameters(), options.LearningRate);
        using var loader = Loader(data.Images, Math.Min(options.BatchSize, drawn.Length));
        var steps = options.StepsFor(drawn.Length);
        var (schedule, step) = (new WarmUpCosine(options.LearningRate, 0, steps), 0);
        foreach (var batch in Batches(loader, drawn, Math.Min(options.BatchSize, drawn.Length), seed))
        {
            using (batch)
            {
                cancellation.ThrowIfCancellationRequested();
                using var scope = TensorScope.Begin();
                optimiser.LearningRate = schedule.At(step);
                var latents = Encode(batch.Pixels, pixels => encoder.Features(pixels, options.Augmentation, generator));  // [B, h, w, D]
                var labels = Tensor.From(Array.ConvertAll(batch.Indices, index => (long)data.Labels[index])).To(encoder.Device);
                var loss = Loss.CrossEntropy(head.Forward(latents), labels);
                optimiser.ZeroGrad();
                loss.Backward();
                optimiser.Step();
                step++;
                if (progress is not null && (step % 20 == 1 || step == steps)) progress(new(step, steps, loss.ToDouble()));
            }
            if (step == steps) break;
        }
        head.Train(false);
    }

    /// <summary>Endless: each pass in a new order, an incomplete batch at its end left out.</summary>
    private static IEnumerable<ImageBatch> Batches(ImageLoader loader, int[] drawn, int size, ulong seed)
    {
        for (var pass = 0UL; ; pass++)
        {
            var order = new SeededOrder(seed, pass).Permutation(drawn.Length);
            foreach (var batch in loader.Pass([.. order.Take(drawn.Length / size * size).Select(place => drawn[place])])) yield return batch;
            CheckRead(loader);
        }
    }

    /// <summary>The class of each image.</summary>
    /// <param name="progress">Images done.</param>
    public int[] Predict(IImageSource images, Action<int>? progress = null, CancellationToken cancellation = default)
    {
        using var noGrad = Autograd.NoGrad();
        using var loader = Loader(images, PredictionBatch);
        var classes = new List<int>(images.Count);
        foreach (var batch in loader.Pass())
            using (batch)
            {
                cancellation.ThrowIfCancellationRequested();
                using var scope = TensorScope.Begin();
                classes.AddRange(head.Forward(Encode(batch.Pixels, encoder.Features)).ArgMax(1).ToArray<int>());
                progress?.Invoke(classes.Count);
            }
        CheckRead(loader);
        return [.. classes];
    }

    private static Tensor Encode(Tensor pixels, Func<Tensor, Tensor> features)
    {
        var parts = new List<Tensor>();
        for (long from = 0, count = pixels.Size(0); from < count; from += EncodedAtOnce)
            parts.Add(features(pixels.Narrow(0, from, Math.Min(EncodedAtOnce, count - from))));
        return Tensor.Cat([.. parts], 0); // [B, h, w, D]
    }

    // Readable images keep their pixels; a second copy of them would only cost memory.
    private ImageLoader Loader(IImageSource source, int batchSize) =>
        new(source, new LoaderOptions { BatchSize = batchSize, Threads = Math.Max(1, Engine.Threads), CacheBytes = 0 }.For(encoder.Input));

    private static void CheckRead(ImageLoader loader)
    {
        if (loader.Skipped is [var first, ..])
            throw new UnreadableImageException(first.File, $"{first.Reason} (the first of {loader.Skipped.Count}); leave such images out before, with LabelledImages.Readable");
    }

    public void Dispose() => head.Dispose();
}
