using Foresee.Encoders;
using Foresee.Evaluation;
using Foresee.Images;
using Foresee.Torch;
using Foresee.Torch.Files;
using Foresee.Torch.Layers;

namespace Foresee.Classifiers;

/// <summary>
/// What <see cref="Classifier.Save"/> wrote, from which a protocol makes the classifier again. Every weight must be asked for.
/// </summary>
public sealed class SavedClassifier : IDisposable
{
    internal const string EncoderPrefix = "encoder.";
    private readonly string folder;
    private readonly EncoderOptions? encoder;
    private readonly InputFormat? encoderInput;
    private readonly SafetensorsContent weights;
    private readonly HashSet<string> taken = [];

    internal SavedClassifier(string folder, ClassifierDescription description, EncoderOptions? encoder, InputFormat? encoderInput,
        SafetensorsContent weights, Device device)
    {
        (this.folder, this.encoder, this.encoderInput, this.weights, Description, Device) =
            (folder, encoder, encoderInput, weights, description, device);
        foreach (var (name, tensor) in weights.Tensors)
        {
            using var scope = TensorScope.Begin();
            if (tensor.IsFinite().All().ToInt64() == 0) throw Fault($"'{name}' holds numbers that are not finite; fit it anew");
        }
    }

    public ClassifierDescription Description { get; }
    public Device Device { get; }

    /// <summary>Number of classes.</summary>
    public int Classes => Description.Classes.Count;

    internal bool Has(string name) => weights.Tensors.ContainsKey(name);

    /// <summary>A copy of a weight, to keep.</summary>
    /// <param name="shape">That it must have; -1 for any size.</param>
    public Tensor Weight(string name, params long[] shape)
    {
        if (!weights.Tensors.TryGetValue(name, out var tensor)) throw Fault($"'{name}' is missing");
        if (tensor.Shape.Length != shape.Length || tensor.Shape.Zip(shape).Any(size => size.Second >= 0 && size.First != size.Second))
            throw Fault($"'{name}' should be [{string.Join(", ", shape.Select(size => size < 0 ? "any" : $"{size}"))}] for {Classes} classes, "
                + $"it is [{string.Join(", ", tensor.Shape)}]");
        taken.Add(name);
        return tensor.Clone();
    }

    /// <summary>Fills a module that was built with the same options.</summary>
    public T Load<T>(T module, string prefix) where T : Module
    {
        try
        {
            module.Load(weights.Tensors, prefix);
        }
        catch (ArgumentException error)
        {
            module.Dispose();
            throw Fault($"its weights do not fit its options or its {Classes} classes: {error.Message}", error);
        }
        taken.UnionWith(weights.Tensors.Keys.Where(name => name.StartsWith(prefix, StringComparison.Ordinal)));
        module.Train(false);
        return module;
    }

    /// <summary>The encoder as it was in use; the caller owns it.</summary>
    public TrainedEncoder Encoder()
    {
        if (encoder is null || encoderInput is null) throw Fault("the encoder's description is missing");
        using var scope = TensorScope.Begin();
        using var generator = new Generator(0);
        return TrainedEncoder.Own(Load(encoder.Build(encoderInput, generator), EncoderPrefix), Device);
    }

    /// <summary>The scaling of features.</summary>
    /// <param name="features">K, before it.</param>
    internal FeatureScaling Scaling(string prefix, long features)
    {
        using var scope = TensorScope.Begin();
        var projection = Has(prefix + "projection") ? Weight(prefix + "projection", features, -1) : null;
        var roots = Has(prefix + FeatureScaling.Roots) && Weight(prefix + FeatureScaling.Roots, 1).ToDouble() > 0;
        return new(Weight(prefix + "mean", features), Weight(prefix + "divisor", features), projection, roots);
    }

    /// <exception cref="InvalidDataException">A weight that belongs to nothing.</exception>
    internal void ExpectAllTaken()
    {
        if (weights.Tensors.Keys.FirstOrDefault(name => !taken.Contains(name)) is { } other)
            throw Fault($"'{other}' belongs to no part of it");
    }

    private InvalidDataException Fault(string what, Exception? cause = null) =>
        new($"The classifier in {folder} can't be used: {what}. Copy the folder again, or fit and save the classifier anew.", cause);

    public void Dispose() => weights.Dispose();
}
