using Foresee.Augmentation;
using Foresee.Encoders;
using Foresee.Images;
using Foresee.Labels;
using Foresee.Patches;
using Foresee.Torch;
using Foresee.Torch.Losses;
using Foresee.Torch.Optimisers;

namespace Foresee.Evaluation;

/// <summary>
/// Linear evaluation as in Hénaff et al. 2020, learnt from batches of augmented images: a <see cref="ScaleFreeHead"/> on the frozen grid,
/// by cross
/// entropy. Images and features live for one batch, so it needs no more memory for a million images than for a thousand.
/// </summary>
/// <remarks>The first loss is ln(classes), chance. Unread images are decoded in each pass anew; <see cref="LabelledImages.Readable"/> keeps
/// up to 1 GiB of them.</remarks>
public static class SgdLinearProbe
{
    private const int EncodedAtOnce = 32; // images: the maps inside a large encoder are gigabytes for a whole batch

    /// <param name="encoder">Disposed with the result, or when this fails.</param>
    /// <param name="threads">To decode images with.</param>
    public static GridNetwork Fit(TrainedEncoder encoder, LabelledImages labelled, SgdLinearProbeOptions options, ulong seed, int threads,
        Action<FitProgress>? progress = null, CancellationToken cancellation = default)
    {
        var network = Network(encoder, labelled.Classes.Length);
        try
        {
            options = options.Resolve(new(encoder.Input.Channels, 0, DType.Float32));
            options.Validate();
            Train(network, labelled, options, seed, threads, progress, cancellation);
            return network;
        }
        catch
        {
            network.Dispose();
            throw;
        }
    }

    /// <summary>With a head that has learnt nothing.</summary>
    internal static GridNetwork Network(TrainedEncoder encoder, int classes)
    {
        var head = new ScaleFreeHead(encoder.Width, classes);
        head.To(encoder.Device);
        return new(encoder, head, encoder.Device, EncodedAtOnce);
    }

    private static void Train(GridNetwork network, LabelledImages labelled, SgdLinearProbeOptions options, ulong seed, int threads,
        Action<FitProgress>? progress, CancellationToken cancellation)
    {
        using var outer = TensorScope.Begin();
        using var generator = new Generator(seed);
        var (encoder, count) = (network.Encoder, labelled.Labels.Length);
        var size = Math.Min(options.BatchSize, count);
        var schedule = new WarmUpCosine(options.LearningRate!.Value, 0, options.StepsFor(count));
        using var group = new RateGroup(new Adam(network.Head.Parameters(), schedule.Rate), schedule.At);
        // Readable images keep their pixels; a second copy of them would only cost memory.
        using var loader = new ImageLoader(labelled.Images,
            new LoaderOptions { BatchSize = size, Threads = threads, CacheBytes = 0, Input = encoder.Input });
        ShortTraining.Run(Batches(loader, count, size, seed), (int)schedule.TotalSteps, [group], batch =>
        {
            using (batch)
            {
                // [B, h, w, D]
                var latents = network.Encode(batch.ToTensor(), pixels => Augmented(encoder, pixels, options.Augmentation!, generator));
                var labels = Tensor.From(Array.ConvertAll(batch.Indices, index => (long)labelled.Labels[index])).To(encoder.Device);
                return Loss.CrossEntropy(network.Head.Forward(latents), labels);
            }
        }, progress, cancellation);
        network.Head.Train(false);
    }

    /// <summary>
    /// Features of images changed at random: cropped and mirrored, then each patch by itself. An encoder without patches sees them
    /// mirrored.
    /// </summary>
    /// <param name="pixels">[B, C, height, width] UInt8</param>
    /// <exception cref="ArgumentException">A patch encoder that sees whole images.</exception>
    internal static Tensor Augmented(TrainedEncoder encoder, Tensor pixels, PatchAugmentation augmentation, Generator generator)
    {
        using var noGrad = Autograd.NoGrad();
        using var scope = TensorScope.Begin();
        if (encoder.Network is not PatchGridEncoder grid)
        {
            var mirror = WholeImageAugmentation.None with { Flip = augmentation.FlipImage > 0 };
            return scope.Keep(encoder.Latents(mirror.Apply(pixels, generator).To(encoder.Device)));
        }
        if (grid.Options is PatchGridOptions { WholeImages: true })
            throw new ArgumentException("Patches can't be augmented where the encoder sees whole images; load it for patches, with "
                + "TrainedEncoder.Load.");
        var patches = new PatchCutter(augmentation, grid.Geometry, encoder.Input).Cut(pixels, generator);
        return scope.Keep(grid.Grid(patches.To(encoder.Device), pixels.Size(0)));
    }

    /// <summary>Endless: each pass in a new order, an incomplete batch at its end left out.</summary>
    private static IEnumerable<ImageBatch> Batches(ImageLoader loader, int count, int size, ulong seed)
    {
        for (var pass = 0UL; ; pass++)
        {
            var order = new SeededOrder(seed, pass).Permutation(count);
            foreach (var batch in loader.Pass(order[..(count / size * size)])) yield return batch;
            ImageTensors.ExpectAllRead(loader);
        }
    }
}
