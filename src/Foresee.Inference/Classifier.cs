using System.Buffers;
using Foresee.Images;

namespace Foresee.Inference;

/// <summary>How a model is computed.</summary>
public sealed record ClassifierOptions
{
    /// <summary>Threads that compute one batch; null for as many as there are cores.</summary>
    public int? Threads { get; init; }

    /// <summary>References that <see cref="Prediction.Nearest"/> tells; 0 for none.</summary>
    public int Nearest { get; init; } = 5;

    internal void Validate()
    {
        if (Threads is < 1) throw new ArgumentException($"A model needs 1 thread or more, got {Threads}.");
        if (Nearest < 0) throw new ArgumentException($"The number of nearest references must be 0 or more, got {Nearest}.");
    }
}

/// <summary>
/// A model that `foresee fit` wrote, on new images, computed by ONNX Runtime: the same probabilities as where it was fitted. Any number of
/// threads may use one at once. Disposed while others still use it, it lives until they are done.
/// </summary>
public sealed class Classifier : IDisposable
{
    /// <summary>More images are computed batch by batch, so that memory does not grow with their number.</summary>
    public const int BatchSize = 32;

    private readonly ModelSession session;
    private readonly ModelReferences? references;
    private readonly int nearest;

    private Classifier(ModelSession session, ModelContent content, ClassifierOptions options) =>
        (this.session, Description, references, nearest) = (session, content.Description, content.References, options.Nearest);

    /// <summary>Classes, form of the images, where the model comes from and what was measured.</summary>
    public ModelDescription Description { get; }

    /// <summary>Images that new ones are compared with; null where the model has none.</summary>
    public ModelReferences? References => references;

    /// <param name="path">The folder that `foresee fit` wrote, or its model.onnx.</param>
    /// <exception cref="FileNotFoundException">There is none.</exception>
    /// <exception cref="InvalidDataException">It is damaged, of a later format, or was not written by Foresee; the message says what to
    /// do.</exception>
    public static Classifier Load(string path, ClassifierOptions? options = null)
    {
        options ??= new();
        options.Validate();
        var content = ModelContent.Read(path);
        return new(new(content, options.Threads ?? Environment.ProcessorCount), content, options);
    }

    /// <summary>Of an image file.</summary>
    /// <exception cref="UnreadableImageException">It is no image, damaged, or smaller than the model reads.</exception>
    public Prediction Predict(string path, CancellationToken cancel = default) => Predictions(Planes(path), 1, cancel)[0];

    /// <summary>Of an image file that lies elsewhere: it is read to its end, and decoded by its content.</summary>
    /// <inheritdoc cref="Predict(string, CancellationToken)"/>
    public Prediction Predict(Stream file, CancellationToken cancel = default) => Predictions(Planes(file), 1, cancel)[0];

    /// <summary>Of an image in memory, of any size.</summary>
    /// <inheritdoc cref="Predict(string, CancellationToken)"/>
    public Prediction Predict(Image image, CancellationToken cancel = default) => Predict([image], cancel)[0];

    /// <summary>Of images in memory, each of any size.</summary>
    /// <exception cref="UnreadableImageException">One of them can't be brought into the model's form; the message tells its
    /// number.</exception>
    public IReadOnlyList<Prediction> Predict(IReadOnlyList<Image> images, CancellationToken cancel = default) =>
        Each(images, (pixels, count) => Predictions(pixels, count, cancel));

    /// <summary>Of images that are in the model's form already.</summary>
    /// <param name="pixels">[count, C, ReadHeight, ReadWidth] as the description's <see cref="InputFormat"/> says, plane by plane.</param>
    /// <exception cref="ArgumentException">There are more or fewer bytes than that.</exception>
    public IReadOnlyList<Prediction> Predict(ReadOnlyMemory<byte> pixels, int count, CancellationToken cancel = default) =>
        Each(pixels, count, (part, number) => Predictions(part, number, cancel));

    /// <summary>K numbers for an image file: the vector under the model's head, as it is.</summary>
    /// <inheritdoc cref="Predict(string, CancellationToken)"/>
    public float[] Features(string path, CancellationToken cancel = default) => Vectors(Planes(path), 1, cancel)[0];

    /// <inheritdoc cref="Features(string, CancellationToken)"/>
    public float[] Features(Stream file, CancellationToken cancel = default) => Vectors(Planes(file), 1, cancel)[0];

    /// <inheritdoc cref="Features(string, CancellationToken)"/>
    public float[] Features(Image image, CancellationToken cancel = default) => Features([image], cancel)[0];

    /// <summary>K numbers for each image.</summary>
    /// <inheritdoc cref="Predict(IReadOnlyList{Image}, CancellationToken)"/>
    public IReadOnlyList<float[]> Features(IReadOnlyList<Image> images, CancellationToken cancel = default) =>
        Each(images, (pixels, count) => Vectors(pixels, count, cancel));

    /// <summary>K numbers for each image.</summary>
    /// <inheritdoc cref="Predict(ReadOnlyMemory{byte}, int, CancellationToken)"/>
    public IReadOnlyList<float[]> Features(ReadOnlyMemory<byte> pixels, int count, CancellationToken cancel = default) =>
        Each(pixels, count, (part, number) => Vectors(part, number, cancel));

    /// <summary>
    /// Of many image files, in their order: decoded on threads beside and computed batch by batch, so that memory does not grow with their
    /// number. The list is asked for more only as they are done, and may come slowly, or never end.
    /// </summary>
    /// <param name="threads">That decode; null for as many as there are cores.</param>
    /// <returns>One result for each, also for those that can't be read.</returns>
    public IEnumerable<FileResult<Prediction>> PredictAll(IEnumerable<string> paths, int? threads = null,
        CancellationToken cancel = default) => PredictAll(paths.Select(Alone), threads, cancel);

    /// <summary>Of all images of some sources.</summary>
    /// <inheritdoc cref="PredictAll(IEnumerable{string}, int?, CancellationToken)"/>
    public IEnumerable<FileResult<Prediction>> PredictAll(IEnumerable<IImageSource> sources, int? threads = null,
        CancellationToken cancel = default) => All(sources, (pixels, count) => Predictions(pixels, count, cancel), threads, cancel);

    /// <summary>K numbers for each of many image files.</summary>
    /// <inheritdoc cref="PredictAll(IEnumerable{string}, int?, CancellationToken)"/>
    public IEnumerable<FileResult<float[]>> FeaturesOfAll(IEnumerable<string> paths, int? threads = null,
        CancellationToken cancel = default) => FeaturesOfAll(paths.Select(Alone), threads, cancel);

    /// <summary>K numbers for each image of some sources.</summary>
    /// <inheritdoc cref="PredictAll(IEnumerable{string}, int?, CancellationToken)"/>
    public IEnumerable<FileResult<float[]>> FeaturesOfAll(IEnumerable<IImageSource> sources, int? threads = null,
        CancellationToken cancel = default) => All(sources, (pixels, count) => Vectors(pixels, count, cancel), threads, cancel);

    private static IImageSource Alone(string path) => new ImageFolder("", [path]);

    private IEnumerable<FileResult<T>> All<T>(IEnumerable<IImageSource> sources, Func<ReadOnlyMemory<byte>, int, T[]> compute, int? threads,
        CancellationToken cancel) where T : class
    {
        var (format, size) = (Description.Input, Description.Input.Bytes);
        var places = sources.SelectMany(source => Enumerable.Range(0, source.Count).Select(index => new ImagePlace(source, index)));
        using var images = new DecodedImages(places, format, threads ?? Environment.ProcessorCount, cancel);
        var pixels = new byte[BatchSize * size];
        while (images.Next(BatchSize) is { Count: > 0 } slots)
        {
            var count = 0;
            foreach (var slot in slots)
            {
                if (slot.Planes is { } planes) planes.AsSpan(0, size).CopyTo(pixels.AsSpan(size * count++));
                slot.Release();
            }
            var values = count > 0 ? compute(pixels.AsMemory(0, count * size), count) : [];
            var next = 0;
            foreach (var slot in slots)
                yield return new(slot.Name, slot.Reason is null ? values[next++] : null, slot.Reason)
                {
                    StoredBits = slot.StoredBits,
                    Pictures = slot.Pictures,
                };
        }
    }

    private byte[] Planes(string path) => Planes(ImageFile.Read(path, Description.Input));

    private byte[] Planes(Stream file)
    {
        using var content = new MemoryStream();
        file.CopyTo(content);
        return Planes(ImageFile.Read(content.ToArray(), "the stream", Description.Input));
    }

    private static byte[] Planes(Image image)
    {
        var planes = new byte[image.Pixels.Length];
        image.CopyPlanes(planes);
        return planes;
    }

    private List<T> Each<T>(IReadOnlyList<Image> images, Func<ReadOnlyMemory<byte>, int, T[]> compute)
    {
        var (results, size) = (new List<T>(images.Count), Description.Input.Bytes);
        var pixels = ArrayPool<byte>.Shared.Rent(size * Math.Min(BatchSize, images.Count));
        try
        {
            for (var from = 0; from < images.Count; from += BatchSize)
            {
                var count = Math.Min(BatchSize, images.Count - from);
                for (var i = 0; i < count; i++)
                    ImageFile.Fit(images[from + i], Description.Input, images.Count == 1 ? "the image" : $"image {from + i}")
                        .CopyPlanes(pixels.AsSpan(i * size, size));
                results.AddRange(compute(pixels.AsMemory(0, count * size), count));
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(pixels);
        }
        return results;
    }

    private List<T> Each<T>(ReadOnlyMemory<byte> pixels, int count, Func<ReadOnlyMemory<byte>, int, T[]> compute)
    {
        var (results, size) = (new List<T>(count), Description.Input.Bytes);
        if (count < 0 || pixels.Length != (long)count * size)
            throw new ArgumentException($"{count} images have {(long)count * size} bytes, got {pixels.Length}.", nameof(pixels));
        for (var from = 0; from < count; from += BatchSize)
        {
            var number = Math.Min(BatchSize, count - from);
            results.AddRange(compute(pixels.Slice(from * size, number * size), number));
        }
        return results;
    }

    private float[][] Vectors(ReadOnlyMemory<byte> pixels, int count, CancellationToken cancel) =>
        [.. session.Run(pixels, count, cancel).Features.Chunk(Description.Features)];

    private Prediction[] Predictions(ReadOnlyMemory<byte> pixels, int count, CancellationToken cancel)
    {
        var output = session.Run(pixels, count, cancel);
        var (rule, compared) = (Description.Novelty, Math.Max(nearest, Description.Novelty?.Neighbours ?? 0));
        var matches = references is not null && compared > 0 ? references.Nearest(output.Features, compared) : null;
        var predictions = new Prediction[count];
        for (var n = 0; n < count; n++)
        {
            double? distance = rule is null ? null : 1 - matches![n].Take(rule.Neighbours).Average(match => (double)match.Cosine);
            predictions[n] = new(Ranked(output.Probabilities, n), rule is null ? null : distance > rule.Threshold, distance)
            {
                Nearest = matches is null ? [] : [.. matches[n].Take(nearest).Select(Named)],
                Features = output.Features.AsMemory(n * Description.Features, Description.Features),
                Conformal = Description.Conformal,
            };
        }
        return predictions;
    }

    private ClassProbability[] Ranked(float[] probabilities, int row)
    {
        var classes = Description.Classes;
        return [.. Enumerable.Range(0, classes.Count)
            .OrderByDescending(c => probabilities[row * classes.Count + c]) // stable: ties by number
            .Select(c => new ClassProbability(classes[c], probabilities[row * classes.Count + c]))];
    }

    private NearReference Named(ReferenceMatch match)
    {
        var label = references!.Labels[match.Index];
        return new(match.Index, Description.References.ElementAtOrDefault(match.Index) ?? "", label < 0 ? null : Description.Classes[label],
            match.Cosine);
    }

    public void Dispose() => session.Dispose();
}
