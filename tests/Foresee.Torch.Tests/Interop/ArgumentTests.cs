using Foresee.Torch.Interop;

namespace Foresee.Torch.Tests.Interop;

/// <summary>Every kind of argument and result that crosses the border, each through a real operator.</summary>
public sealed class ArgumentTests : IDisposable
{
    private readonly TensorScope scope = TensorScope.Begin();

    public void Dispose() => scope.Dispose();

    private static Tensor Range(int count) => Tensor.Arange(count).To(DType.Float32);

    [Fact]
    public void A_string() =>
        Assert.Equal([-1f, 0, 1], Tensor.Invoke("aten::div", "Tensor_mode", Tensor.From([-3f, 1f, 3f]), Tensor.From([2f, 2f, 2f]), "trunc")
            .ToArray<float>());

    [Fact]
    public void A_string_that_libtorch_refuses() =>
        Assert.Contains("nonsense", Assert.Throws<TorchException>(() =>
            Tensor.Invoke("aten::div", "Tensor_mode", Range(2), Range(2), "nonsense")).Message, StringComparison.Ordinal);

    [Fact]
    public void A_bool_list_and_several_results_of_which_one_is_undefined()
    {
        var x = Tensor.From([1f, 2f, 3f, 4f], 1, 1, 2, 2);
        var w = Tensor.From([2f], 1, 1, 1, 1);
        // convolution_backward(grad, input, weight, bias_sizes, stride, padding, dilation, transposed, output_padding, groups, output_mask)
        var results = Operator.Find("aten::convolution_backward").CallAll(Tensor.Ones([1, 1, 2, 2]), x, w, Argument.None,
            new long[] { 1, 1 }, new long[] { 0, 0 }, new long[] { 1, 1 }, false, new long[] { 0, 0 }, 1, new[] { true, true, false });
        Assert.Equal(3, results.Length);
        Assert.Equal([2f, 2, 2, 2], ((Tensor)results[0]!).ToArray<float>());
        Assert.Equal([10f], ((Tensor)results[1]!).ToArray<float>());
        Assert.Null(results[2]);
    }

    [Fact]
    public void A_double_list() =>
        Assert.Equal([1L, 1, 8, 8], Tensor.Invoke("aten::upsample_nearest2d", "vec", Tensor.Ones([1, 1, 4, 4]), Argument.None,
            new[] { 2.0, 2.0 }).Shape);

    [Fact]
    public void A_double_list_for_scalars()
    {
        var results = (Tensor[])Operator.Find("aten::_foreach_mul", "ScalarList")
            .CallAll(new[] { Range(2), Range(3) }, new[] { 2.0, 0.5 })[0]!;
        Assert.Equal([0f, 2], results[0].ToArray<float>());
        Assert.Equal([0f, 0.5f, 1], results[1].ToArray<float>());
    }

    [Fact]
    public void A_tensor_list() =>
        Assert.Equal([0f, 1, 0, 1, 2], Tensor.Invoke("aten::cat", "", new[] { Range(2), Range(3) }, 0).ToArray<float>());

    [Fact]
    public void A_long_tensor_list_and_a_long_int_list()
    {
        var many = Enumerable.Range(0, 300).Select(i => Range(1) + i).ToArray();
        var all = Tensor.Cat(many);
        Assert.Equal(300, all.Elements);
        var pieces = (Tensor[])Operator.Find("aten::split_with_sizes").CallAll(all, Enumerable.Repeat(2L, 150).ToArray(), 0)[0]!;
        Assert.Equal([298f, 299], pieces[149].ToArray<float>());
    }

    [Fact]
    public void A_list_of_optional_tensors() =>
        Assert.Equal([2f, 5], Tensor.Invoke("aten::index", "Tensor", Range(6).Reshape(2, 3),
            Argument.OptionalTensors(null, Tensor.From(new long[] { 2 }))).ToArray<float>());

    [Fact]
    public void A_device_a_dtype_and_a_memory_format()
    {
        var made = Tensor.Invoke("aten::empty", "memory_format", new long[] { 2, 3, 4, 4 }, DType.Float64, Argument.None, Device.Cpu,
            Argument.None, MemoryFormat.ChannelsLast);
        Assert.Equal(DType.Float64, made.DType);
        Assert.Equal(DeviceType.Cpu, made.Device.Type);
        Assert.True(made.IsChannelsLast);
        Assert.False(made.IsContiguous);
    }

    [Fact]
    public void A_generator()
    {
        using Generator one = new(3), two = new(3), other = new(4);
        var draw = Tensor.Rand([8], one).ToArray<float>();
        Assert.Equal(draw, Tensor.Rand([8], two).ToArray<float>());
        Assert.NotEqual(draw, Tensor.Rand([8], other).ToArray<float>());
    }

    [Fact]
    public void A_default_in_the_middle() =>
        // sum.dim_IntList(self, dim, keepdim=False, *, dtype=None)
        Assert.Equal(DType.Float64, Tensor.Invoke("aten::sum", "dim_IntList", Range(4), new long[] { 0 }, Argument.Default,
            DType.Float64).DType);

    [Fact]
    public void A_missing_argument_without_default_is_named()
    {
        Assert.Contains("'other'", Assert.Throws<TorchException>(() => Tensor.Invoke("aten::add", "Tensor", Range(1))).Message,
            StringComparison.Ordinal);
        Assert.Contains("'other' has no default",
            Assert.Throws<TorchException>(() => Tensor.Invoke("aten::add", "Tensor", Range(1), Argument.Default)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Too_many_arguments_are_refused() =>
        Assert.Contains("takes 1 arguments, got 2",
            Assert.Throws<TorchException>(() => Tensor.Invoke("aten::relu", "", Range(1), 2)).Message, StringComparison.Ordinal);

    [Fact]
    public void An_int_where_a_float_is_wanted_and_one_int_for_a_list_of_two()
    {
        Assert.Equal([0f, 1, 2, 2], Tensor.Invoke("aten::clamp", "", Range(4), Argument.None, 2).ToArray<float>());
        Assert.Equal([1L, 1, 2, 2], Tensor.Invoke("aten::max_pool2d", "", Tensor.Ones([1, 1, 4, 4]), 2).Shape);
        Assert.Equal([2f, 2], Tensor.Invoke("aten::leaky_relu", "", Tensor.From([2f, 2f]), 1).ToArray<float>());
    }

    [Fact]
    public void Results_that_are_numbers_and_truths()
    {
        Assert.Equal(6L, Operator.Find("aten::item").CallAll(Tensor.From([6L]))[0]);
        Assert.Equal(2.5, Operator.Find("aten::item").CallAll(Tensor.From([2.5]))[0]);
        Assert.Equal(true, Operator.Find("aten::item").CallAll(Tensor.From([true]))[0]);
        Assert.Equal(true, Operator.Find("aten::equal").CallAll(Range(2), Range(2))[0]);
        Assert.Equal(2L, Operator.Find("aten::size", "int").CallAll(Tensor.Zeros([3, 2]), 1)[0]);
    }

    [Fact]
    public void An_operator_called_for_its_effect_gives_back_all_it_made()
    {
        var x = Range(4);
        var before = LivingTensors.Settled();
        Operator.Find("aten::topk").Run(x, 2);
        Operator.Find("aten::split", "Tensor").Run(x, 2);
        Assert.Equal(before, Tensor.Living);
    }

    [Fact]
    public void A_call_for_one_tensor_of_an_operator_with_two_says_so_and_leaks_nothing()
    {
        var x = Range(4);
        var before = LivingTensors.Settled();
        Assert.Contains("CallAll", Assert.Throws<TorchException>(() => Operator.Find("aten::equal").Call(x, x)).Message,
            StringComparison.Ordinal);
        Assert.Throws<TorchException>(() => Operator.Find("aten::topk").Call(x, 2));
        Assert.Equal(before, Tensor.Living);
    }

    [Fact]
    public void A_schema_is_readable() =>
        Assert.StartsWith("aten::add.Tensor(Tensor self, Tensor other", Operator.Find("aten::add", "Tensor").Schema,
            StringComparison.Ordinal);

    [Fact]
    public void A_disposed_tensor_is_named_as_such()
    {
        var x = Range(2);
        x.Dispose();
        Assert.Contains("scope has ended", Assert.Throws<ObjectDisposedException>(() => x + 1).Message, StringComparison.Ordinal);
    }
}
