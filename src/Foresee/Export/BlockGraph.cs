using Foresee.Encoders;
using Foresee.Torch;

namespace Foresee.Export;

/// <summary>Norms and residual blocks.</summary>
internal static class BlockGraph
{
    private const double Epsilon = 1e-5; // of every norm

    /// <summary>
    /// A convolution and the batch norm of what it gives, in one: W γ / √(v + ε), and β + (b - m) γ / √(v + ε) with its bias b.
    /// </summary>
    public static OnnxValue ConvBatchNorm(this OnnxGraph graph, OnnxValue x, Weights convolution, Weights norm, long stride, long padding)
    {
        using var scope = TensorScope.Begin();
        Tensor Exact(Tensor value) => value.Detach().To(Device.Cpu).To(DType.Float64);
        var factor = Exact(norm.Tensor("weight")) / (Exact(norm.Tensor("running_var")) + Epsilon).Sqrt();          // [outputs]
        var mean = Exact(norm.Tensor("running_mean"));
        if (convolution.Optional("bias") is { } own) mean -= Exact(own);
        return graph.Conv(x, Exact(convolution.Tensor("weight")) * factor.View(-1, 1, 1, 1), Exact(norm.Tensor("bias")) - mean * factor,
            stride, padding);
    }

    public static OnnxValue Conv(this OnnxGraph graph, OnnxValue x, Weights convolution, long stride, long padding) =>
        graph.Conv(x, convolution.Tensor("weight"), convolution.Optional("bias"), stride, padding);

    /// <param name="x">[N, C, H, W]</param>
    public static OnnxValue Norm(this OnnxGraph graph, OnnxValue x, Weights norm, NormOptions options)
    {
        switch (options.Kind)
        {
            case Encoders.Norm.None: return x;
            case Encoders.Norm.Batch:
                return graph.BatchNormalization(x, norm.Tensor("weight"), norm.Tensor("bias"), norm.Tensor("running_mean"),
                    norm.Tensor("running_var"), Epsilon);
            case Encoders.Norm.Group:
                // ONNX's own group norm comes with set 18 and differs between sets.
                using (TensorScope.Begin())
                {
                    var channels = x.Shape[1];
                    var groups = graph.Reshape(x, -1, options.GroupsOf((int)channels), channels * x.Shape[2] * x.Shape[3]
                        / options.GroupsOf((int)channels));
                    var normal = graph.Reshape(graph.InstanceNormalization(groups, Epsilon), [-1, .. x.Shape[1..]]);
                    return graph.Add(graph.Multiply(normal, norm.Tensor("weight").View(-1, 1, 1)), norm.Tensor("bias").View(-1, 1, 1));
                }
            default: throw new NotSupportedException($"The norm {options.Kind} is not known to the export.");
        }
    }

    /// <summary>relu(norm(convolution(x)))</summary>
    private static OnnxValue Then(this OnnxGraph graph, OnnxValue x, Weights convolution, Weights norm, NormOptions options, long stride,
        long padding) =>
        graph.Relu(options.Kind == Encoders.Norm.Batch ? graph.ConvBatchNorm(x, convolution, norm, stride, padding)
            : graph.Norm(graph.Conv(x, convolution, stride, padding), norm, options));

    /// <summary><see cref="BasicBlock"/> or <see cref="Bottleneck"/>.</summary>
    public static OnnxValue PreActivationBlock(this OnnxGraph graph, OnnxValue x, Weights w, BlockOptions block, NormOptions norms)
    {
        var h = graph.Relu(graph.Norm(x, w["norm1"], norms));
        var y = h;
        if (block.Kind == BlockKind.Basic)
        {
            y = graph.Then(y, w["conv1"], w["norm2"], norms, block.Stride, 1);
            y = graph.Conv(y, w["conv2"], 1, 1);
        }
        else
        {
            var inner = block.Kernel > 0;
            y = graph.Then(y, w["conv1"], w[inner ? "norm2" : "norm3"], norms, 1, 0);
            if (inner) y = graph.Then(y, w["conv2"], w["norm3"], norms, block.Stride, block.Kernel / 2);
            y = graph.Conv(y, w["conv3"], 1, 0);
        }
        return graph.Add(y, w.HasPart("shortcut") ? graph.Conv(h, w["shortcut"], block.Stride, 0) : x);
    }

    /// <summary><see cref="PlainBlock"/> or <see cref="PlainBottleneck"/>.</summary>
    public static OnnxValue PlainBlock(this OnnxGraph graph, OnnxValue x, Weights w, long stride, bool bottleneck)
    {
        OnnxValue Layer(OnnxValue y, int number, long step, long padding) =>
            graph.ConvBatchNorm(y, w[$"conv{number}"], w[$"bn{number}"], step, padding);
        var y = bottleneck
            ? Layer(graph.Relu(Layer(graph.Relu(Layer(x, 1, 1, 0)), 2, stride, 1)), 3, 1, 0)
            : Layer(graph.Relu(Layer(x, 1, stride, 1)), 2, 1, 1);
        var shortcut = w["downsample"];
        return graph.Relu(graph.Add(y, w.HasPart("downsample") ? graph.ConvBatchNorm(x, shortcut["0"], shortcut["1"], stride, 0) : x));
    }
}
