using Foresee.Encoders;
using Foresee.Images;
using Foresee.Torch;
using Foresee.Torch.Files;
using Foresee.Torch.Layers;
using Foresee.Torch.Optimisers;

namespace Foresee.Benchmarks;

/// <summary>Training steps of a ResNet-18 on whole images in memory: cross-entropy, backward, gradient descent with momentum.</summary>
internal sealed class ResNetWork : IWork
{
    private const int Count = 1024, Side = 32, Classes = 10, BatchSize = 128; // images in memory; image i has the label i % Classes
    private const double LearningRate = 0.01, Momentum = 0.9;
    private static readonly InputFormat input = new(Side, Side, 3);

    private readonly Network network;
    private readonly DType compute;
    private readonly SafetensorsContent images;
    private readonly Sgd optimiser;
    private readonly Generator generator = new(0);

    private ResNetWork(string folder, DType compute)
    {
        this.compute = compute;
        network = new(generator);
        using (var weights = Safetensors.Read(Path.Combine(folder, Exchange.Weights))) network.Load(weights.Tensors);
        images = Safetensors.Read(Path.Combine(folder, Exchange.Images));
        optimiser = new(network.Parameters(), LearningRate, Momentum);
    }

    public static Benchmark Benchmark(string name) => new(name,
        $"training steps of a ResNet-18 on {Side} x {Side} colour images, batch {BatchSize}, gradient descent with momentum", Prepare,
        Benchmarks.Benchmark.AgainstBaselines("resnet18", (folder, compute) => new ResNetWork(folder, compute), multiplies: true),
        Tolerance: 1e-3); // of a gradient's norm through 20 layers, whose sums each BLAS adds in its own order: 1.1e-4 was seen

    /// <summary>Weights under torchvision's names, and images.</summary>
    private static void Prepare(string folder)
    {
        using var generator = new Generator(0);
        using var network = new Network(generator);
        Exchange.WriteTensors(folder, Exchange.Weights, [.. network.State()]);
        Exchange.WriteImages(folder, MadeImages.Draw(Count, Side, Side, 3), input);
    }

    /// <summary>Loss and norm of the whole gradient of the first images, in f32 on either side.</summary>
    public double[] Check()
    {
        using var scope = TensorScope.Begin();
        network.Compute(DType.Float32);
        optimiser.ZeroGrad();
        var loss = Loss(Tensor.Arange(BatchSize));
        loss.Backward();
        return [loss.ToDouble(), GradientNorm.Clip(network.Parameters(), double.PositiveInfinity)];
    }

    public Measurement Measure(double seconds)
    {
        network.Compute(compute);
        return Measurement.Of(Steps(), seconds);
    }

    private IEnumerable<int> Steps()
    {
        while (true)
        {
            using (TensorScope.Begin())
            {
                var loss = Loss((Tensor.Rand([BatchSize], generator) * Count).To(DType.Int64));
                optimiser.ZeroGrad();
                loss.Backward();
                optimiser.Step();
                loss.ToDouble();
            }
            yield return BatchSize;
        }
    }

    private Tensor Loss(Tensor indices)
    {
        var pixels = images.Tensors["images"].IndexSelect(0, indices).To(DType.Float32);     // [B, 3, h, w]
        var labels = Tensor.Invoke("aten::remainder", "Scalar", indices, (long)Classes);     // [B]
        return Torch.Losses.Loss.CrossEntropy(network.Forward(pixels * (4 / 255.0) - 2), labels);
    }

    public void Dispose()
    {
        optimiser.Dispose();
        images.Dispose();
        network.Dispose();
        generator.Dispose();
    }

    /// <summary>torchvision's ResNet-18 with the stem for small images.</summary>
    private sealed class Network : Module
    {
        private readonly ConvEncoder encoder;
        private readonly Linear head;

        public Network(Generator generator)
        {
            encoder = Inner((ConvEncoder)ConvEncoderOptions.ResNet18(input).Build(input, generator));
            head = Child("fc", new Linear(encoder.Features, Classes, bias: true, generator));
        }

        public override Tensor Forward(Tensor x) => head.Forward(encoder.Grid(x).Mean([1, 2]));    // [B, classes]
    }
}
