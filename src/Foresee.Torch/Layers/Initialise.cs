namespace Foresee.Torch.Layers;

/// <summary>
/// Fresh weights. Fan-in is the inputs one output sums over: shape[1] times the kernel's area; fan-out shape[0] times it.
/// Every method draws in the order and the formulas of torch.nn.init.
/// </summary>
public static class Initialise
{
    /// <summary>U(-b, b), b = 1/sqrt(fan-in): PyTorch's default for Linear and Conv2d (Kaiming uniform with a = sqrt 5).</summary>
    public static Tensor Default(long[] shape, Generator generator) => Uniform(shape, 1 / Math.Sqrt(FanIn(shape)), generator);

    public static Tensor Uniform(long[] shape, double bound, Generator generator) =>
        Fresh(shape, t => t.Uniform_(-bound, bound, generator));

    public static Tensor Normal(long[] shape, double deviation, Generator generator) =>
        Fresh(shape, t => t.Normal_(0, deviation, generator));

    /// <summary>Kaiming (He et al. 2015) for ReLU: U(-b, b), b = sqrt(6 / fan-in).</summary>
    public static Tensor KaimingUniform(long[] shape, Generator generator) => Uniform(shape, Math.Sqrt(6.0 / FanIn(shape)), generator);

    /// <summary>Kaiming (He et al. 2015) for ReLU: N(0, 2 / fan-in), or over fan-out, which keeps the backward variance.</summary>
    public static Tensor KaimingNormal(long[] shape, Generator generator, Fan fan = Fan.In) =>
        Normal(shape, Math.Sqrt(2.0 / (fan == Fan.In ? FanIn(shape) : FanOut(shape))), generator);

    /// <summary>Xavier (Glorot and Bengio 2010): U(-b, b), b = gain sqrt(6 / (fan-in + fan-out)).</summary>
    public static Tensor XavierUniform(long[] shape, Generator generator, double gain = 1) =>
        Uniform(shape, gain * Math.Sqrt(6.0 / (FanIn(shape) + FanOut(shape))), generator);

    /// <summary>Xavier (Glorot and Bengio 2010): N(0, gain² 2 / (fan-in + fan-out)).</summary>
    public static Tensor XavierNormal(long[] shape, Generator generator, double gain = 1) =>
        Normal(shape, gain * Math.Sqrt(2.0 / (FanIn(shape) + FanOut(shape))), generator);

    /// <summary>N(0, deviation²) cut off at ±2 deviations, by the inverse of the distribution function.</summary>
    public static Tensor TruncatedNormal(long[] shape, double deviation, Generator generator)
    {
        // Phi(±2) = (1 ± erf(2 / sqrt 2)) / 2, so 2 Phi - 1 is uniform on ±erf(sqrt 2).
        const double Edge = 0.95449973610364158;
        return Fresh(shape, t =>
        {
            t.Uniform_(-Edge, Edge, generator);
            Tensor.Run("erfinv_", "", t);
            t.Mul_(deviation * Math.Sqrt(2));
            Tensor.Run("clamp_", "", t, -2 * deviation, 2 * deviation);
        });
    }

    /// <summary>
    /// Rows (or columns, when there are fewer) orthonormal times gain, over [shape[0], everything else] (Saxe et al. 2013).
    /// </summary>
    public static Tensor Orthogonal(long[] shape, Generator generator, double gain = 1)
    {
        using var scope = TensorScope.Begin();
        var (rows, columns) = (shape[0], shape.Skip(1).Aggregate(1L, (a, b) => a * b));
        var flat = Tensor.RandN([rows, columns], generator);
        if (rows < columns) flat = flat.T();
        var parts = Interop.Operator.Find("aten::linalg_qr").CallAll(flat);
        var (q, r) = ((Tensor)parts[0]!, (Tensor)parts[1]!);
        q *= Tensor.Invoke("aten::diagonal", "", r).Sign(); // makes the draw uniform over rotations (Mezzadri 2007)
        if (rows < columns) q = q.T();
        return scope.Keep((q * gain).Contiguous().View(shape));
    }

    public enum Fan { In, Out }

    private static long FanIn(long[] shape) => shape.Skip(1).Aggregate(1L, (a, b) => a * b);
    private static long FanOut(long[] shape) => shape[0] * shape.Skip(2).Aggregate(1L, (a, b) => a * b);

    private static Tensor Fresh(long[] shape, Action<Tensor> fill)
    {
        using var noGrad = Autograd.NoGrad();
        var tensor = Tensor.Empty(shape);
        fill(tensor);
        return tensor;
    }
}
