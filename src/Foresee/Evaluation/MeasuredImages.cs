using Foresee.Images;
using Foresee.Torch;

namespace Foresee.Evaluation;

/// <summary>Images that classifiers are measured on: they are only ever predicted. Their labels are elsewhere.</summary>
public sealed class MeasuredImages(IImageSource images, InputFormat input) : IDisposable
{
    private readonly Dictionary<FeatureOptions, FeatureTable> features = [];

    public IImageSource Images => images;
    public InputFormat Input => input;
    public int Count => images.Count;

    internal int[] All => [.. Enumerable.Range(0, images.Count)];

    /// <summary>f32 [N, K] of all images, scaled, where they were computed; null otherwise.</summary>
    internal Tensor? Features(FeatureOptions options) => features.GetValueOrDefault(options)?.Values;

    internal void Take(IEnumerable<(FeatureOptions Options, FeatureTable Table)> tables)
    {
        foreach (var (options, table) in tables) features[options] = table;
    }

    public void Dispose()
    {
        foreach (var table in features.Values) table.Dispose();
    }
}
