using Foresee.Encoders;
using Foresee.Evaluation;
using Foresee.Torch;
using Foresee.Torch.Layers;

namespace Foresee.Tests.Evaluation;

public sealed class PseudoLabelsTests : IDisposable
{
    private const int Side = 16, Classes = 3;
    private readonly string folder = Directory.CreateTempSubdirectory("foresee-pseudo").FullName;

    public PseudoLabelsTests() => SmallEncoder.Write(folder, Side);

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private TrainedEncoder Encoder() => TrainedEncoder.Load(folder, Device.Cpu);

    /// <summary>A band at a height of its class's, one pixel higher or lower, as bright as it happens to be, on noise.</summary>
    private static (Tensor Pixels, int[] Labels) Bands(int count, int first)
    {
        int[] labels = [.. Enumerable.Range(0, count).Select(i => i % Classes)];
        var source = new PaintedImages(count, Side, (index, pixels) =>
        {
            var random = new Random(first + index);
            var from = 1 + labels[index] * 5 + random.Next(-1, 2);
            var ground = random.Next(20, 120);
            var band = ground + random.Next(30, 120);
            for (var i = 0; i < pixels.Length; i++)
                pixels[i] = (byte)Math.Clamp((i / Side >= from && i / Side < from + 4 ? band : ground) + random.Next(-25, 26), 0, 255);
        });
        return (ImageTensors.Read(source, [.. Enumerable.Range(0, count)], new(Side, Side, 1)), labels);
    }

    [Fact]
    public void Unlabelled_images_teach_the_network_what_three_labels_a_class_do_not()
    {
        using var scope = TensorScope.Begin();
        var ((few, labels), (unlabelled, _), (test, truth)) = (Bands(9, 0), Bands(600, 1000), Bands(300, 5000));
        FeatureScaling scaling;
        using (var encoder = Encoder()) scaling = FeatureScaling.Fit(FineTuning.Pooled(encoder, unlabelled, GridPooling.Whole), new());
        double Measure(FineTuningOptions options, Tensor? unlabelled)
        {
            options = options with { Steps = 60, Augmentation = WholeImageAugmentation.None };
            using var network = FineTuning.Fit(Encoder(), few, labels, Classes, scaling, options, new(), 0, unlabelled: unlabelled);
            return Accuracy.Top1(network.Predict(test), truth);
        }
        var (alone, taught) = (Measure(FineTuningOptions.FineTuned, null), Measure(FineTuningOptions.SemiSupervised, unlabelled));
        scaling.Dispose();
        Assert.True(taught > alone + 5, $"with unlabelled images {taught}, without {alone}");
    }

    [Fact]
    public void The_loss_is_that_of_a_slow_loop_over_the_networks_own_sharpened_predictions()
    {
        using var scope = TensorScope.Begin();
        using var generator = new Generator(3);
        var pixels = Bands(20, 0).Pixels;
        var encoder = Encoder();
        using var network = new GridNetwork(encoder, new Pooled(encoder.Width, generator), Device.Cpu);
        using var pseudo = new PseudoLabels(pixels, new(Sharpening: 1.5, BatchSize: 7, Weight: 0.6), generator);
        pseudo.Predict(network);
        var (logits, places) = (Tensor.RandN([7, Classes], generator), pseudo.Next());
        var loss = pseudo.Loss(logits, places).ToDouble();

        var (p, z, chosen) = (network.Logits(pixels).Softmax(1).ToArray<float>(), logits.ToArray<float>(), places.ToArray<long>());
        Assert.Equal(7, chosen.Distinct().Count());
        double expected = 0;
        for (var i = 0; i < chosen.Length; i++)
        {
            double[] q = [.. Enumerable.Range(0, Classes).Select(c =>
                Math.Pow(p[chosen[i] * Classes + c], 1.5) / Enumerable.Range(0, 20).Sum(n => (double)p[n * Classes + c]))];
            q = [.. q.Select(value => value / q.Sum())];
            var certainty = 1 + q.Sum(value => value * Math.Log(value)) / Math.Log(Classes);
            var sum = Enumerable.Range(0, Classes).Sum(c => Math.Exp(z[i * Classes + c]));
            for (var c = 0; c < Classes; c++) expected -= certainty * q[c] * (z[i * Classes + c] - Math.Log(sum)) / chosen.Length * 0.6;
        }
        Assert.Equal(expected, loss, 1e-5);
    }

    [Fact]
    public void Impossible_settings_are_named_together()
    {
        var pseudo = new PseudoLabelOptions(Images: 1, Predictions: 0, Sharpening: 0.5, BatchSize: 0, Weight: 0);
        var fault = Assert.Throws<ArgumentException>((FineTuningOptions.SemiSupervised with { Pseudo = pseudo }).Validate);
        Assert.All(["Images", "Predictions", "Sharpening", "BatchSize", "Weight"], name => Assert.Contains(name, fault.Message));
    }

    private sealed class Pooled : Module
    {
        private readonly Linear linear;

        public Pooled(int features, Generator generator) => linear = Child("linear", new Linear(features, Classes, true, generator));

        public override Tensor Forward(Tensor x) => linear.Forward(FeatureTable.Pool(x, GridPooling.One));
    }
}
