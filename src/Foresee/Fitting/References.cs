using Foresee.Classifiers;
using Foresee.Encoders;
using Foresee.Evaluation;
using Foresee.Images;
using Foresee.Torch;

namespace Foresee.Fitting;

/// <summary>The training images that a model keeps the features of: to show what is alike, and to tell what is out of place.</summary>
internal static class References
{
    private const long MostNumbers = 4 << 20; // 11 MB in the model's file
    private const int Batch = 250;

    /// <param name="start">The encoder under a classifier on frozen features, whose rows are known; else null.</param>
    public static ReferenceImages Of(FitSession session, Classifier classifier, EncoderInUse? start)
    {
        using var scope = TensorScope.Begin();
        var (labelled, unlabelled) = (session.Data.Labelled, start?.Unlabelled ?? session.Unlabelled);
        var contents = ImageCopies.Of(unlabelled, _ => true);
        var known = session.Data.Contents.ToHashSet();
        int[] others = [.. Enumerable.Range(0, unlabelled.Count).Where(place => known.Add(contents[place]))]; // each picture once
        var pooling = classifier is FeatureClassifier ? classifier.Description.Protocol.Features!.Pooling : (GridPooling?)null;
        Tensor Features(IImageSource source, int[] places) => pooling is { } form && start is not null
            ? Table(start, source, places, form) : Predicted(session, source, places, classifier);

        int[] Some(int count, int most) => EvenSample.Of(count, most);
        var first = Features(labelled.Images, Some(labelled.Images.Count, 1));
        var most = (int)Math.Clamp(MostNumbers / first.Size(1), 1, session.Options.References);
        var ours = Some(labelled.Images.Count, most);
        int[] theirs = [.. Some(others.Length, most - ours.Length).Select(place => others[place])];
        session.Report("features of the training images");
        var all = theirs.Length == 0 ? Features(labelled.Images, ours)
            : Tensor.Cat([Features(labelled.Images, ours), Features(unlabelled, theirs)], 0);      // [M, K]
        return new(
            [.. ours.Select(place => NameOf(labelled.Images, place)), .. theirs.Select(place => NameOf(unlabelled, place))],
            [.. ours.Select(place => labelled.Labels[place]), .. theirs.Select(_ => -1)], all.ToArray<float>(),
            all.Size(0) < 2 ? [] : Novelty.Distances(all, session.Cancel,
                [.. ours.Select(place => session.Data.Contents[place]), .. theirs.Select(place => contents[place])]))
        {
            Picture = i => i < ours.Length ? Read(labelled.Images, ours[i]) : Read(unlabelled, theirs[i - ours.Length]),
        };
    }

    private static Image? Read(IImageSource source, int index)
    {
        try
        {
            return source.Read(index);
        }
        catch (UnreadableImageException)
        {
            return null;
        }
    }

    private static Tensor Table(EncoderInUse start, IImageSource source, int[] places, GridPooling pooling)
    {
        using var table = start.Raw(source, places, pooling);
        return table.Values.Clone();
    }

    private static Tensor Predicted(FitSession session, IImageSource source, int[] places, Classifier classifier)
    {
        var parts = new List<Tensor>();
        foreach (var some in places.Chunk(Batch))
        {
            session.Cancel.ThrowIfCancellationRequested();
            using var scope = TensorScope.Begin();
            parts.Add(scope.Keep(classifier.Features(ImageTensors.Read(source, some, classifier.Input))));
            session.Report("features of the training images", parts.Count * Batch, places.Length);
        }
        return Tensor.Cat([.. parts], 0);
    }

    /// <summary>Relative to the folder that the source was named by, with /.</summary>
    public static string NameOf(IImageSource source, int index)
    {
        var described = source.Describe(index);
        if (!KnownData.IsThere(source.Name)) return described;
        var root = KnownData.Resolve(source.Name);
        if (File.Exists(root)) root = Path.GetDirectoryName(Path.GetFullPath(root))!;
        var relative = Path.GetRelativePath(root, described);
        return (relative.StartsWith("..", StringComparison.Ordinal) ? described : relative).Replace('\\', '/');
    }
}
