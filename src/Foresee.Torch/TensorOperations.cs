using Foresee.Torch.Interop;

namespace Foresee.Torch;

/// <summary>The operations, in PyTorch's words and meaning. Anything missing here is one <see cref="Invoke"/> away.</summary>
public sealed partial class Tensor
{
    /// <summary>
    /// Any operator of libtorch by schema: <c>Tensor.Invoke("aten::roll", "", x, new long[] { 1 }, new long[] { 0 })</c>.
    /// </summary>
    public static Tensor Invoke(string name, string overload, params ReadOnlySpan<Argument> arguments) =>
        Ops.Find(name, overload).Call(arguments);

    /// <summary>An operator of the aten namespace for its effect: <c>Tensor.Run("clamp_", "", x, 0, 1)</c>.</summary>
    internal static void Run(string name, string overload, params ReadOnlySpan<Argument> arguments) => Op(name, overload).Run(arguments);

    private static Operator Op(string name, string overload = "") => Ops.Get(name, overload);

    // ---- Making ----

    public static Tensor Empty(long[] shape, DType type = DType.Float32, Device? device = null) =>
        Op("empty", "memory_format").Call(shape, type, Argument.None, device ?? Device.Cpu);

    public static Tensor Zeros(long[] shape, DType type = DType.Float32, Device? device = null) =>
        Op("zeros").Call(shape, type, Argument.None, device ?? Device.Cpu);

    public static Tensor Ones(long[] shape, DType type = DType.Float32, Device? device = null) =>
        Op("ones").Call(shape, type, Argument.None, device ?? Device.Cpu);

    public static Tensor Full(long[] shape, double value, DType type = DType.Float32, Device? device = null) =>
        Op("full").Call(shape, value, type, Argument.None, device ?? Device.Cpu);

    /// <summary>0, 1, ... count-1 as Int64.</summary>
    public static Tensor Arange(long count, Device? device = null) =>
        Op("arange").Call(count, DType.Int64, Argument.None, device ?? Device.Cpu);

    /// <summary>Normal with mean 0 and variance 1.</summary>
    public static Tensor RandN(long[] shape, Generator? generator = null, Device? device = null) =>
        Op("randn", "generator").Call(shape, generator, DType.Float32, Argument.None, device ?? Device.Cpu);

    /// <summary>Uniform on [0, 1).</summary>
    public static Tensor Rand(long[] shape, Generator? generator = null, Device? device = null) =>
        Op("rand", "generator").Call(shape, generator, DType.Float32, Argument.None, device ?? Device.Cpu);

    /// <summary>Integers low .. high-1 as Int64.</summary>
    public static Tensor RandInt(long low, long high, long[] shape, Generator? generator = null, Device? device = null) =>
        Op("randint", "low_generator").Call(low, high, shape, generator, DType.Int64, Argument.None, device ?? Device.Cpu);

    /// <summary>A random order of 0 .. count-1 as Int64.</summary>
    public static Tensor RandPerm(long count, Generator? generator = null, Device? device = null) =>
        Op("randperm", "generator").Call(count, generator, DType.Int64, Argument.None, device ?? Device.Cpu);

    public Tensor EmptyLike() => Op("empty_like").Call(this);
    public Tensor ZerosLike() => Op("zeros_like").Call(this);
    public Tensor OnesLike() => Op("ones_like").Call(this);

    // ---- Arithmetic ----

    public static Tensor operator +(Tensor a, Tensor b) => Ops.AddTensor.Call(a, b);
    public static Tensor operator +(Tensor a, double b) => Ops.AddScalar.Call(a, b);
    public static Tensor operator -(Tensor a, Tensor b) => Ops.SubTensor.Call(a, b);
    public static Tensor operator -(Tensor a, double b) => Ops.SubScalar.Call(a, b);
    public static Tensor operator *(Tensor a, Tensor b) => Ops.MulTensor.Call(a, b);
    public static Tensor operator *(Tensor a, double b) => Ops.MulScalar.Call(a, b);
    public static Tensor operator *(double a, Tensor b) => Ops.MulScalar.Call(b, a);
    public static Tensor operator /(Tensor a, Tensor b) => Ops.DivTensor.Call(a, b);
    public static Tensor operator /(Tensor a, double b) => Ops.DivScalar.Call(a, b);
    // Whole numbers keep integer tensors integer.
    public static Tensor operator +(Tensor a, long b) => Ops.AddScalar.Call(a, b);
    public static Tensor operator -(Tensor a, long b) => Ops.SubScalar.Call(a, b);
    public static Tensor operator *(Tensor a, long b) => Ops.MulScalar.Call(a, b);
    public static Tensor operator *(long a, Tensor b) => Ops.MulScalar.Call(b, a);
    public static Tensor operator -(Tensor a) => Op("neg").Call(a);

    public Tensor Exp() => Op("exp").Call(this);
    public Tensor Log() => Op("log").Call(this);
    public Tensor Sqrt() => Op("sqrt").Call(this);
    public Tensor Rsqrt() => Op("rsqrt").Call(this);
    public Tensor Abs() => Op("abs").Call(this);
    public Tensor Sign() => Op("sign").Call(this);
    public Tensor Square() => Ops.MulTensor.Call(this, this);
    public Tensor Pow(double exponent) => Op("pow", "Tensor_Scalar").Call(this, exponent);
    public Tensor Tanh() => Op("tanh").Call(this);
    public Tensor Sigmoid() => Op("sigmoid").Call(this);
    public Tensor Clamp(double? low = null, double? high = null) =>
        Op("clamp").Call(this, low is { } l ? l : Argument.None, high is { } h ? h : Argument.None);
    /// <summary>Keeps integer tensors integer.</summary>
    public Tensor Clamp(long low, long high) => Op("clamp").Call(this, low, high);

    // ---- In place ----

    public Tensor Add_(Tensor other, double alpha = 1) => In(Op("add_", "Tensor"), this, other, alpha);
    public Tensor Sub_(Tensor other, double alpha = 1) => In(Op("sub_", "Tensor"), this, other, alpha);
    public Tensor Mul_(double factor) => In(Op("mul_", "Scalar"), this, factor);
    public Tensor Mul_(Tensor other) => In(Op("mul_", "Tensor"), this, other);
    public Tensor Div_(double divisor) => In(Op("div_", "Scalar"), this, divisor);
    public Tensor Lerp_(Tensor end, double weight) => In(Op("lerp_", "Scalar"), this, end, weight);
    public Tensor Div_(Tensor divisor) => In(Op("div_", "Tensor"), this, divisor);
    public Tensor Exp_() => In(Op("exp_"), this);
    public Tensor Scatter_(int dimension, Tensor indices, Tensor source) => In(Op("scatter_", "src"), this, dimension, indices, source);
    public Tensor Scatter_(int dimension, Tensor indices, double value) => In(Op("scatter_", "value"), this, dimension, indices, value);
    public Tensor ScatterAdd_(int dimension, Tensor indices, Tensor source) => In(Op("scatter_add_"), this, dimension, indices, source);
    public Tensor IndexAdd_(int dimension, Tensor indices, Tensor source) => In(Op("index_add_"), this, dimension, indices, source, 1);
    public Tensor IndexCopy_(int dimension, Tensor indices, Tensor source) => In(Op("index_copy_"), this, dimension, indices, source);
    public Tensor Zero_() => In(Op("zero_"), this);
    public Tensor Fill_(double value) => In(Op("fill_", "Scalar"), this, value);
    public Tensor Copy_(Tensor source) => In(Op("copy_"), this, source);
    public Tensor Normal_(double mean, double deviation, Generator? generator = null) =>
        In(Op("normal_"), this, mean, deviation, generator);
    public Tensor Uniform_(double low, double high, Generator? generator = null) => In(Op("uniform_"), this, low, high, generator);
    public Tensor Bernoulli_(double probability, Generator? generator = null) =>
        In(Op("bernoulli_", "float"), this, probability, generator);

    private static Tensor In(Operator op, params ReadOnlySpan<Argument> arguments)
    {
        op.Run(arguments);
        return (Tensor)arguments[0].Reference!;
    }

    // ---- Comparing and choosing ----

    public Tensor Equal(Tensor other) => Op("eq", "Tensor").Call(this, other);
    public Tensor Equal(double other) => Op("eq", "Scalar").Call(this, other);
    public Tensor Less(double other) => Op("lt", "Scalar").Call(this, other);
    public Tensor Less(Tensor other) => Op("lt", "Tensor").Call(this, other);
    public Tensor Greater(double other) => Op("gt", "Scalar").Call(this, other);
    public Tensor Greater(Tensor other) => Op("gt", "Tensor").Call(this, other);
    public static Tensor Maximum(Tensor a, Tensor b) => Op("maximum").Call(a, b);
    public Tensor IsFinite() => Op("isfinite").Call(this);
    public Tensor All() => Op("all").Call(this);

    /// <summary>a where the condition holds, b elsewhere.</summary>
    public static Tensor Where(Tensor condition, Tensor a, Tensor b) => Op("where", "self").Call(condition, a, b);

    // ---- Reducing ----

    public Tensor Sum() => Op("sum").Call(this);
    public Tensor Sum(long[] dimensions, bool keep = false) => Op("sum", "dim_IntList").Call(this, dimensions, keep);
    public Tensor Sum(int dimension, bool keep = false) => Sum([dimension], keep);
    public Tensor Mean() => Op("mean").Call(this);
    public Tensor Mean(long[] dimensions, bool keep = false) => Op("mean", "dim").Call(this, dimensions, keep);
    public Tensor Mean(int dimension, bool keep = false) => Mean([dimension], keep);
    public Tensor Variance(int dimension, bool unbiased = true, bool keep = false) =>
        Op("var", "dim").Call(this, new long[] { dimension }, unbiased, keep);
    public Tensor Max() => Op("max").Call(this);
    public Tensor Min() => Op("min").Call(this);
    public Tensor MaxAlong(int dimension, bool keep = false) => Op("amax").Call(this, new long[] { dimension }, keep);
    public Tensor ArgMax(int dimension, bool keep = false) => Op("argmax").Call(this, dimension, keep);
    public Tensor Norm() => Op("linalg_vector_norm").Call(this, 2.0);
    public Tensor LogSumExp(int dimension, bool keep = false) => Op("logsumexp").Call(this, new long[] { dimension }, keep);

    /// <summary>The largest values along a dimension and where they stand.</summary>
    public TopValues TopK(int count, int dimension = -1) =>
        Op("topk").CallAll(this, count, dimension) is var r ? new((Tensor)r[0]!, (Tensor)r[1]!) : default;

    /// <summary>The largest value along a dimension and where it stands; of equal ones any.</summary>
    public TopValues MaxWithPlace(int dimension) =>
        Op("max", "dim").CallAll(this, dimension, false) is var r ? new((Tensor)r[0]!, (Tensor)r[1]!) : default;

    // ---- Shape ----

    public Tensor Reshape(params long[] shape) => Op("reshape").Call(this, shape);
    public Tensor View(params long[] shape) => Op("view").Call(this, shape);
    public Tensor Flatten(int from = 0, int to = -1) => Op("flatten", "using_ints").Call(this, from, to);
    public Tensor Permute(params long[] order) => Op("permute").Call(this, order);
    public Tensor Transpose(int a, int b) => Op("transpose", "int").Call(this, a, b);
    public Tensor T() => Op("t").Call(this);
    public Tensor Unsqueeze(int dimension) => Op("unsqueeze").Call(this, dimension);
    public Tensor Expand(params long[] shape) => Op("expand").Call(this, shape);
    /// <summary>Elements start .. start+length-1 along a dimension, as a view.</summary>
    public Tensor Narrow(int dimension, long start, long length) => Op("narrow").Call(this, dimension, start, length);
    public Tensor Select(int dimension, long index) => Op("select", "int").Call(this, dimension, index);
    public Tensor IndexSelect(int dimension, Tensor indices) => Op("index_select").Call(this, dimension, indices);
    public Tensor Gather(int dimension, Tensor indices) => Op("gather").Call(this, dimension, indices);
    public Tensor Flip(params long[] dimensions) => Op("flip").Call(this, dimensions);
    /// <summary>Windows of a size at a stride along a dimension, as a view with the window last.</summary>
    public Tensor Unfold(int dimension, long size, long stride) => Op("unfold").Call(this, dimension, size, stride);
    /// <summary>Constant padding; amounts from the last dimension: left, right, top, bottom, ...</summary>
    public Tensor Pad(long[] amounts, double value = 0) => Op("constant_pad_nd").Call(this, amounts, value);
    public static Tensor Cat(Tensor[] tensors, int dimension = 0) => Op("cat").Call(tensors, dimension);
    public static Tensor Stack(Tensor[] tensors, int dimension = 0) => Op("stack").Call(tensors, dimension);
    public Tensor[] Split(long size, int dimension = 0) => (Tensor[])Op("split", "Tensor").CallAll(this, size, dimension)[0]!;
    public Tensor[] Chunk(long count, int dimension = 0) => (Tensor[])Op("chunk").CallAll(this, count, dimension)[0]!;

    // ---- Type, device, layout ----

    public Tensor To(DType type) => Ops.To.Call(this, type);
    public Tensor To(Device device) => Op("to", "dtype_layout").Call(this, Argument.None, Argument.None, device);
    public Tensor To(MemoryFormat format) => Op("contiguous").Call(this, format);
    public Tensor Contiguous() => Op("contiguous").Call(this);
    public Tensor Clone() => Op("clone").Call(this);
    public Tensor Detach() => Op("detach").Call(this);

    /// <summary>Lets this tensor stand for other memory, of any device, keeping its place in modules and optimisers.</summary>
    internal void SetData(Tensor data) => Op("set_data").Run(this, data);

    // ---- Matrices ----

    public Tensor MatMul(Tensor other) => Ops.MatMul.Call(this, other);
    public static Tensor AddMM(Tensor bias, Tensor a, Tensor b) => Op("addmm").Call(bias, a, b);

    /// <summary>Eigenvalues, ascending, and eigenvectors (columns) of a symmetric matrix.</summary>
    public EigenPairs SymmetricEigen() => Op("linalg_eigh").CallAll(this) is var r ? new((Tensor)r[0]!, (Tensor)r[1]!) : default;

    /// <summary>
    /// Sums of weighted rows of this matrix [N, C], none of which is made first (PyTorch's embedding_bag): the rows indices[starts[i]] up
    /// to the next start make row i. Gradients go to the matrix.
    /// </summary>
    /// <param name="indices">[n] Int64</param>
    /// <param name="starts">[M] Int64, ascending; of no rows the sum is 0.</param>
    /// <param name="weights">[n]</param>
    /// <returns>[M, C]</returns>
    public Tensor SumOfRows(Tensor indices, Tensor starts, Tensor weights) =>
        (Tensor)Op("embedding_bag").CallAll(this, indices, starts, false, 0, false, weights, false)[0]!;

    // ---- Networks ----

    public Tensor Relu() => Ops.Relu.Call(this);
    public Tensor Gelu() => Op("gelu").Call(this);
    public Tensor LogSoftmax(int dimension) => Op("log_softmax", "int").Call(this, dimension);
    public Tensor Softmax(int dimension) => Op("softmax", "int").Call(this, dimension);
    public Tensor Linear(Tensor weight, Tensor? bias = null) => Op("linear").Call(this, weight, bias);

    public Tensor Conv2d(Tensor weight, Tensor? bias = null, long[]? stride = null, long[]? padding = null, long[]? dilation = null,
        long groups = 1) =>
        Ops.Conv2d.Call(this, weight, bias, stride ?? [1, 1], padding ?? [0, 0], dilation ?? [1, 1], groups);

    /// <summary>Over the trailing dimensions of the given shape.</summary>
    public Tensor LayerNorm(long[] shape, Tensor? weight = null, Tensor? bias = null, double epsilon = 1e-5) =>
        Ops.LayerNorm.Call(this, shape, weight, bias, epsilon);

    public Tensor GroupNorm(long groups, Tensor? weight = null, Tensor? bias = null, double epsilon = 1e-5) =>
        Op("group_norm").Call(this, groups, weight, bias, epsilon);

    public Tensor MaxPool2d(long size, long stride, long padding = 0) =>
        Op("max_pool2d").Call(this, new[] { size, size }, new[] { stride, stride }, new[] { padding, padding });
    public Tensor AdaptiveAvgPool2d(long height, long width) => Op("adaptive_avg_pool2d").Call(this, new[] { height, width });
}

public readonly record struct TopValues(Tensor Values, Tensor Indices);

public readonly record struct EigenPairs(Tensor Values, Tensor Vectors);
