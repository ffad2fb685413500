using Foresee.Classifiers;
using Foresee.Torch;
using Foresee.Torch.Layers;

namespace Foresee.Evaluation.Protocols;

/// <summary>
/// An image is of the class whose labelled images it looks like on average,
/// <code>softmax_c cos(x, μ_c) / T,   μ_c = mean of the scaled frozen features of class c's labelled images</code>
/// </summary>
/// <remarks>
/// The cosine, not the Euclidean distance: the mean of few images is longer than that of many by their noise, so a distance would put
/// classes with few labels further away, and the length of a feature vector tells contrast rather than class.
/// </remarks>
public sealed record NearestClassMean : IProtocol, IPooled
{
    public string Name => "nearest-class-mean";
    public string Title => "pretrained + nearest class mean";
    public FeatureOptions Features { get; init; } = new(GridPooling.Three);

    /// <summary>T; it changes how sure the probabilities are, not which is the highest.</summary>
    public double Temperature { get; init; } = 0.1;

    public IProtocol With(GridPooling pooling) => this with { Features = Features with { Pooling = pooling } };

    public Classifier Fit(ClassifierTask task, CancellationToken cancel)
    {
        using var scope = TensorScope.Begin();
        var features = task.Features.Labelled(Features, task.Places);                                   // [n, K]
        return FeatureClassifier.Of(this, task, ClassMeans.Fit(features, task.Labelled.Labels, task.Labelled.Classes.Length, Temperature));
    }

    public Classifier Restore(SavedClassifier saved) =>
        FeatureClassifier.Restore(saved, features => new ClassMeans(saved.Weight("head.means", saved.Classes, features), Temperature));
}

/// <summary>Probabilities by the cosine to the mean of each class; a class without labels is never the most probable.</summary>
internal sealed class ClassMeans : Module
{
    private readonly Tensor means;

    public ClassMeans(Tensor means, double temperature) => (this.means, Temperature) = (Buffer("means", means), temperature);

    public double Temperature { get; }

    /// <param name="features">f32 [n, K]</param>
    public static ClassMeans Fit(Tensor features, int[] labels, int classes, double temperature)
    {
        using var scope = TensorScope.Begin();
        var members = Tensor.Invoke("aten::one_hot", "", Tensor.From(Array.ConvertAll(labels, label => (long)label)), classes)
            .To(DType.Float32);
        return new(members.T().MatMul(features) / members.Sum(0).Clamp(low: 1).View(-1, 1), temperature);
    }

    /// <param name="x">[B, K]</param>
    /// <returns>[B, classes], rows of sum 1.</returns>
    public override Tensor Forward(Tensor x)
    {
        using var scope = TensorScope.Begin();
        var cosines = NearestRows.Unit(x).MatMul(NearestRows.Unit(means).T());                          // [B, classes]
        var empty = means.Abs().Sum(1).Equal(0).View(1, -1);
        return scope.Keep((Tensor.Where(empty, cosines.OnesLike() * -2, cosines) / Temperature).Softmax(1));
    }
}
