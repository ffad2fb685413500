using Foresee.Encoders;
using Foresee.Evaluation;
using Foresee.Images;
using Foresee.Torch;
using Foresee.Torch.Layers;

namespace Foresee.Classifiers;

/// <summary>Pixels in, a probability for each class out: what evaluation measures and what is used afterwards.</summary>
public abstract class Classifier : IDisposable
{
    private protected Classifier(ClassifierDescription description) => Description = description;

    /// <summary>Name of the description in the folder of a saved classifier.</summary>
    public const string FileName = ClassifierFolder.DescriptionName;

    public ClassifierDescription Description { get; }

    /// <summary>The form that images must have.</summary>
    public InputFormat Input => Description.Input;

    /// <summary>Names, in the order of the probabilities.</summary>
    public IReadOnlyList<string> Classes => Description.Classes;

    /// <param name="pixels">UInt8 [N, C, height, width] in the form of <see cref="Input"/>; any number, batch by batch.</param>
    /// <returns>Float32 [N, classes] on the CPU, rows of sum 1.</returns>
    public Tensor Probabilities(Tensor pixels) => Batches(Checked(pixels), Batch);

    /// <summary>
    /// What its head gets: the grid pooled as for it, before any scaling; of a network without encoder, its last layer's input.
    /// </summary>
    /// <param name="pixels">As for <see cref="Probabilities"/>.</param>
    /// <returns>Float32 [N, K] on the CPU.</returns>
    public Tensor Features(Tensor pixels) => Batches(Checked(pixels), FeatureBatch);

    private Tensor Checked(Tensor pixels)
    {
        long[] form = [Input.Channels, Input.ReadHeight, Input.ReadWidth];
        return pixels.DType == DType.UInt8 && pixels.Shape is [> 0, ..] && pixels.Shape.AsSpan(1).SequenceEqual(form) ? pixels
            : throw new ArgumentException($"This classifier takes UInt8 [images, {string.Join(", ", form)}], got {pixels.DType} "
                + $"[{string.Join(", ", pixels.Shape)}]; read images with ImageTensors.Read and the classifier's Input.");
    }

    /// <summary>The most probable class of each image.</summary>
    /// <param name="pixels">As for <see cref="Probabilities"/>.</param>
    public int[] Predict(Tensor pixels)
    {
        using var scope = TensorScope.Begin();
        return Probabilities(pixels).ArgMax(1).ToArray<int>();
    }

    /// <summary>The most probable class of each image of a source, read batch by batch.</summary>
    /// <exception cref="UnreadableImageException">One of them can't be read.</exception>
    public int[] Predict(IImageSource images, int threads, CancellationToken cancel = default)
    {
        var classes = new List<int>(images.Count);
        foreach (var batch in ImageTensors.Batches(images, Input, threads))
            using (batch)
            {
                cancel.ThrowIfCancellationRequested();
                classes.AddRange(Predict(batch.ToTensor()));
            }
        return [.. classes];
    }

    /// <summary>The same; features that were computed for several classifiers are not computed again.</summary>
    internal virtual int[] Predict(MeasuredImages images, int threads, CancellationToken cancel) => Predict(images.Images, threads, cancel);

    /// <summary>Writes a folder: weights.safetensors and classifier.json.</summary>
    public void Save(string folder) => ClassifierFolder.Write(folder, Description, Encoder, State());

    /// <summary>What <see cref="Save"/> wrote: the same probabilities of the same pixels.</summary>
    /// <exception cref="InvalidDataException">The folder is damaged, or of a kind that is not known; the message says what to
    /// do.</exception>
    public static Classifier Load(string folder, Device device)
    {
        using var saved = ClassifierFolder.Read(folder, device);
        var classifier = saved.Description.Protocol.Restore(saved);
        try
        {
            saved.ExpectAllTaken();
            return classifier;
        }
        catch
        {
            classifier.Dispose();
            throw;
        }
    }

    /// <summary>Null where the classifier has no encoder.</summary>
    internal virtual TrainedEncoder? Encoder => null;

    /// <summary>All that it holds beside the encoder.</summary>
    private protected abstract IEnumerable<NamedTensor> State();

    private protected static IEnumerable<NamedTensor> Under(string prefix, Module module) =>
        module.State().Select(tensor => tensor with { Name = prefix + tensor.Name });

    /// <param name="pixels">At most <see cref="FeatureTable.BatchSize"/> images.</param>
    private protected abstract Tensor Batch(Tensor pixels);

    /// <inheritdoc cref="Batch"/>
    private protected abstract Tensor FeatureBatch(Tensor pixels);

    /// <summary>The rows of x in batches, so that a number never hangs on how many were asked for at once.</summary>
    private protected static Tensor Batches(Tensor x, Func<Tensor, Tensor> batch)
    {
        using var noGrad = Autograd.NoGrad();
        using var scope = TensorScope.Begin();
        var parts = new List<Tensor>();
        for (long from = 0, count = x.Size(0); from < count; from += FeatureTable.BatchSize)
        {
            using var inner = TensorScope.Begin();
            parts.Add(inner.Keep(batch(x.Narrow(0, from, Math.Min(FeatureTable.BatchSize, count - from)))));
        }
        return scope.Keep(Tensor.Cat([.. parts], 0));
    }

    public abstract void Dispose();
}
