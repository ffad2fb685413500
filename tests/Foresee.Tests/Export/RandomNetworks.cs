using Foresee.Classifiers;
using Foresee.Encoders;
using Foresee.Evaluation;
using Foresee.Images;
using Foresee.Tests.Reports;
using Foresee.Torch;
using Foresee.Torch.Layers;

namespace Foresee.Tests.Export;

/// <summary>Classifiers of chance.</summary>
internal static class RandomNetworks
{
    public static readonly string[] Classes = ["ash", "birch", "cedar", "elm", "fir"];

    /// <summary>Weights by chance, and running statistics that are not those of a fresh norm.</summary>
    public static T Randomised<T>(T network, ulong seed = 7) where T : Module
    {
        using var scope = TensorScope.Begin();
        using var noGrad = Autograd.NoGrad();
        using var generator = new Generator(seed);
        foreach (var (name, value) in network.State())
            if (name.EndsWith("running_var", StringComparison.Ordinal)) value.Copy_(Tensor.Rand(value.Shape, generator) + 0.5);
            else if (name.EndsWith("running_mean", StringComparison.Ordinal) || name.EndsWith("bias", StringComparison.Ordinal))
                value.Copy_(Tensor.RandN(value.Shape, generator) * 0.1);
            else if (name.Contains("norm", StringComparison.Ordinal) && name.EndsWith("weight", StringComparison.Ordinal))
                value.Copy_(Tensor.Rand(value.Shape, generator) + 0.5);
        network.Train(false);
        return network;
    }

    public static Encoder Build(EncoderOptions options, InputFormat input)
    {
        using var generator = new Generator(5);
        return Randomised(options.Build(input, generator));
    }

    /// <summary>Seven images: four of chance, three photographs and drawings.</summary>
    public static Tensor Pixels(InputFormat input)
    {
        using var scope = TensorScope.Begin();
        using var generator = new Generator(11);
        var chance = Tensor.RandInt(0, 256, [4, input.Channels, input.ReadHeight, input.ReadWidth], generator).To(DType.UInt8);
        using var folder = new TemporaryFolder();
        foreach (var name in new[] { "smooth.jpg", "rgb.webp", "turned.jpg" })
            File.Copy(Path.Combine(ArchitectureTests.Root(), "tests", "fixtures", "images", name), folder.File(name));
        var channels = input.Channels is 1 or 3 ? input.Channels : 3;
        var real = ImageTensors.ReadAll(ImageSources.Open(folder.Path), new(input.Height, input.Width, channels)
        {
            Margin = input.Margin,
            Small = SmallImages.Enlarge,
        });
        if (channels != input.Channels) real = Tensor.Cat([real, real], 1).Narrow(1, 0, input.Channels);
        return scope.Keep(Tensor.Cat([chance, real]));
    }

    public static ClassifierDescription Describe(InputFormat input, IProtocol? protocol = null) =>
        new(protocol ?? new Foresee.Evaluation.Protocols.Linear(), input, Classes, new());

    /// <summary>A linear probe of chance on an encoder.</summary>
    /// <param name="encoder">Owned.</param>
    public static FeatureClassifier Linear(Encoder encoder, GridPooling pooling = GridPooling.Whole,
        Scaling scaling = Scaling.Standardise) =>
        OnFeatures(encoder, new(pooling) { Scaling = new(scaling, Components: 3) }, (features, generator) =>
            new LinearProbe(Tensor.RandN([features.Size(1) + 1, Classes.Length], generator)));

    /// <param name="encoder">Owned.</param>
    /// <param name="head">From scaled features [7, K].</param>
    public static FeatureClassifier OnFeatures(Encoder encoder, FeatureOptions options, Func<Tensor, Generator, Module> head)
    {
        using var scope = TensorScope.Begin();
        using var generator = new Generator(3);
        var trained = TrainedEncoder.Own(encoder, Device.Cpu);
        var features = FeatureTable.Pool(trained.Features(Pixels(encoder.Input)), options.Pooling);
        var scaling = FeatureScaling.Fit(features, options.Scaling);
        return new(Describe(encoder.Input), options, () => trained, scaling, head(scaling.Apply(features), generator));
    }
}
