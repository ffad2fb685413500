using Foresee.Losses;
using Foresee.Torch;
using Foresee.Torch.Files;
using Foresee.Torch.Layers;

namespace Foresee.Benchmarks;

/// <summary>The loss by itself with both its gradients: one direction and offset of a large batch.</summary>
internal sealed class InfoNceWork : IWork
{
    private const string FileName = "scores.safetensors";
    private const int Images = 512, Rows = 6, Columns = 6, Offset = 2, Length = 64;
    private readonly SafetensorsContent file;
    private readonly DType compute;

    public InfoNceWork(string folder, DType compute)
    {
        file = Safetensors.Read(Path.Combine(folder, FileName));
        this.compute = compute;
        file.Tensors["predictions"].RequiresGrad = file.Tensors["targets"].RequiresGrad = true;
    }

    /// <summary>Predictions that know something of their targets, as in the midst of training.</summary>
    public static void Prepare(string folder)
    {
        using var scope = TensorScope.Begin();
        using var generator = new Generator(0);
        var targets = Tensor.RandN([Images * Rows * Columns, Length], generator);                                         // [m, K]
        var places = Tensor.Arange(Images * Rows * Columns).Reshape(Images, Rows, Columns);
        var labels = places.Narrow(1, Offset, Rows - Offset).Flatten();                                                   // [n]
        var predictions = (targets.IndexSelect(0, labels) + Tensor.RandN([labels.Size(0), Length], generator) * 2) * 0.1; // [n, K]
        Exchange.WriteTensors(folder, FileName, new NamedTensor("predictions", predictions), new NamedTensor("targets", targets),
            new NamedTensor("labels", labels), new NamedTensor("images", Tensor.From([(long)Images])));
    }

    /// <summary>Loss, and the norms of both gradients.</summary>
    public double[] Check()
    {
        using var scope = TensorScope.Begin();
        var (loss, gradients) = Compute(DType.Float32);
        return [loss.ToDouble(), .. gradients.Select(gradient => gradient!.Norm().ToDouble())];
    }

    public Measurement Measure(double seconds) => Measurement.Of(Steps(), seconds);

    private IEnumerable<int> Steps()
    {
        while (true)
        {
            using (TensorScope.Begin()) Compute(compute).Loss.ToDouble();
            yield return Images;
        }
    }

    private (Tensor Loss, Tensor?[] Gradients) Compute(DType type)
    {
        var (predictions, targets) = (file.Tensors["predictions"], file.Tensors["targets"]);
        var loss = InfoNce.Compute(predictions, targets, file.Tensors["labels"], compute: type).Loss;
        return (loss, Autograd.Gradients([loss], [predictions, targets]));
    }

    public void Dispose() => file.Dispose();
}
