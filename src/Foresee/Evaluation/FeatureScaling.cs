using Foresee.Torch;
using Foresee.Torch.Interop;
using Foresee.Torch.Layers;

namespace Foresee.Evaluation;

public enum Scaling
{
    /// <summary>As the encoder gives them, only centred.</summary>
    Centre,
    /// <summary>Each feature with mean 0 and variance 1.</summary>
    Standardise,
    /// <summary>Principal components of the standardised features, each brought towards variance 1.</summary>
    Whiten,
    /// <summary>Principal components of the standardised features, with the variance that they have.</summary>
    Principal,
    /// <summary>
    /// Square roots, each image's brought to length 1, centred: features that are never below 0 say how much there is of something, and
    /// twice as much is not twice the difference (Perronnin, Sánchez and Mensink, ECCV 2010).
    /// </summary>
    Root,
    /// <summary>Root where no feature of the images that give the statistics is below 0, else Standardise.</summary>
    Suited,
}

/// <param name="Components">Of Whiten and Principal: how many principal components are kept, at most the number of features or of
/// images.</param>
/// <param name="Shrinkage">Of Whiten: component i is divided by √(λ_i + shrinkage · mean λ), so that faint ones stay faint.</param>
public sealed record FeatureScalingOptions(Scaling Scaling = Scaling.Standardise, int Components = 256, double Shrinkage = 0.1)
{
    /// <summary>Unlabelled images that give the statistics, evenly taken.</summary>
    public int Images { get; init; } = 3000;

    public void Validate()
    {
        if (Images < 2) throw new ArgumentException($"A scaling needs 2 or more images, got {Images}.");
        if (Components < 1) throw new ArgumentException($"Whitening needs 1 or more components, got {Components}.");
        if (Shrinkage < 0) throw new ArgumentException($"Shrinkage must not be negative, got {Shrinkage}.");
    }
}

/// <summary>
/// Brings features to a common scale by the statistics of UNLABELLED images: the labels are few, the images are not. The results have a
/// mean squared length of 1 on those images, so that one range of regularisation fits every number of features.
/// </summary>
public sealed class FeatureScaling : Module
{
    internal const string Roots = "roots";
    private const double Floor = 0.1; // of the mean variance
    private const int PowerIterations = 6, Oversampling = 16, Block = 2048;
    private readonly Tensor mean, divisor; // [K]
    private readonly Tensor? projection;   // [K, components]
    private readonly bool roots;
    private float[]? spread;               // [K]

    /// <summary>From the state of another.</summary>
    /// <param name="roots">Whether square roots of unit length come first.</param>
    internal FeatureScaling(Tensor mean, Tensor divisor, Tensor? projection, bool roots = false)
    {
        (this.mean, this.divisor, this.roots) = (Buffer("mean", mean), Buffer("divisor", divisor), roots);
        this.projection = projection is null ? null : Buffer("projection", projection);
        if (roots) Buffer(Roots, Tensor.Ones([1]));
    }

    /// <summary>Features before it.</summary>
    internal long Inputs => mean.Shape[^1];

    /// <summary>Features after it.</summary>
    internal long Outputs => (projection ?? mean).Shape[^1];

    /// <summary>
    /// [K]: what it gives times this has the same mean squared length, too. Where it gives each feature the same variance, the product has
    /// the variances that the features have, and the other way about; null where features are mixed, or asked for as they are.
    /// </summary>
    internal Tensor? Spread() => spread is null ? null : Tensor.From(spread);

    internal FeatureScaling Copy()
    {
        using var scope = TensorScope.Begin();
        return new(mean.Clone(), divisor.Clone(), projection?.Clone(), roots);
    }

    /// <param name="features">[N, K] of unlabelled images.</param>
    public static FeatureScaling Fit(Tensor features, FeatureScalingOptions options)
    {
        options.Validate();
        using var scope = TensorScope.Begin();
        var count = features.Size(1);
        var roots = options.Scaling == Scaling.Root || options.Scaling == Scaling.Suited && features.Min().ToDouble() >= 0;
        if (roots) features = UnitRoots(features);
        var mean = features.Mean(0);
        var centred = features - mean;
        var whole = Length(centred).Expand(count).Clone();   // divided by it, each feature varies as it does
        if (options.Scaling == Scaling.Centre) return new(mean, whole, null);
        var deviation = features.Variance(0, unbiased: false).Sqrt();
        // A feature that never changes says nothing; a division by its deviation would only blow up rounding.
        var still = deviation.Less(1e-6 * deviation.Max().ToDouble() + 1e-12);
        deviation = Tensor.Where(still, deviation.Mean().Clamp(low: 1e-6).Expand(count), deviation);
        // A feature that is there in few images has a deviation that tells little: where those it was measured on lack it, next to none.
        if (roots) deviation = (deviation.Square() + Floor * deviation.Square().Mean()).Sqrt();
        var alike = deviation * Length(centred / deviation); // divided by it, each feature has about the same variance
        if (roots) return new(mean, whole, null, roots) { spread = (whole / alike).ToArray<float>() };
        if (options.Scaling is Scaling.Standardise or Scaling.Suited)
            return new(mean, alike, null) { spread = (alike / whole).ToArray<float>() };
        var standard = centred / deviation;
        var projection = Components(standard, options);
        return new(mean, deviation, projection / Length(standard.MatMul(projection)));
    }

    /// <summary>sign(x) √|x|, each row of length 1 (0 where all is 0).</summary>
    private static Tensor UnitRoots(Tensor features)
    {
        var roots = features.Sign() * features.Abs().Sqrt();
        return roots / roots.Square().Sum(1, keep: true).Sqrt().Clamp(low: 1e-12);
    }

    /// <summary>Root of the mean squared length of the rows.</summary>
    private static Tensor Length(Tensor rows) => rows.Square().Sum(1).Mean().Sqrt();

    /// <summary>
    /// V, or V diag(1/√(λ + s λ̄)) to whiten, of the leading eigenpairs of the covariance, by randomised subspace iteration (Halko et al.
    /// 2011).
    /// </summary>
    private static Tensor Components(Tensor x, FeatureScalingOptions options)
    {
        var (rows, columns) = (x.Size(0), x.Size(1));
        var components = Math.Min(options.Components, Math.Min(rows, columns));
        using var generator = new Generator(0);
        var basis = Tensor.RandN([columns, Math.Min(columns, components + Oversampling)], generator);
        for (var i = 0; i < PowerIterations; i++)
            basis = (Tensor)Operator.Find("aten::linalg_qr").CallAll(x.T().MatMul(x.MatMul(basis)))[0]!;
        var small = x.MatMul(basis).To(DType.Float64);            // [N, q]
        var pairs = (small.T().MatMul(small) / rows).SymmetricEigen(); // ascending
        var from = pairs.Values.Elements - components;
        if (options.Scaling == Scaling.Principal) return basis.MatMul(pairs.Vectors.Narrow(1, from, components).To(DType.Float32));
        var values = pairs.Values.Narrow(0, from, components).Clamp(low: 0);
        var floor = values.Mean() * Math.Max(options.Shrinkage, 1e-9);
        var scaled = pairs.Vectors.Narrow(1, from, components) * (values + floor).Rsqrt();
        return basis.MatMul(scaled.To(DType.Float32));            // [K, components]
    }

    /// <param name="features">[N, K]; the result is [N, K] or [N, components].</param>
    public Tensor Apply(Tensor features)
    {
        using var scope = TensorScope.Begin();
        var count = features.Size(0);
        if (count <= Block) return scope.Keep(Scaled(features));
        // What is made on the way would be several times as large as the features.
        var result = Tensor.Empty([count, Outputs], device: features.Device);
        for (long from = 0; from < count; from += Block)
        {
            using var inner = TensorScope.Begin();
            var rows = Math.Min(Block, count - from);
            result.Narrow(0, from, rows).Copy_(Scaled(features.Narrow(0, from, rows)));
        }
        return scope.Keep(result);
    }

    private Tensor Scaled(Tensor features)
    {
        var scaled = ((roots ? UnitRoots(features) : features) - mean) / divisor;
        return projection is null ? scaled : scaled.MatMul(projection);
    }

    public override Tensor Forward(Tensor x) => Apply(x);
}
