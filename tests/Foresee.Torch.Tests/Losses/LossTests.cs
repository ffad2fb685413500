using Foresee.Torch.Losses;

namespace Foresee.Torch.Tests.Losses;

public sealed class LossTests
{
    private static readonly Dictionary<string, Func<Tensor, Tensor, Tensor, Tensor>> Cases = new()
    {
        ["cross_entropy"] = (z, labels, _) => Loss.CrossEntropy(z, labels),
        ["cross_entropy_smoothed"] = (z, labels, _) => Loss.CrossEntropy(z, labels, labelSmoothing: 0.1),
        ["soft_cross_entropy"] = (z, _, soft) => Loss.SoftCrossEntropy(z, soft),
        ["binary_cross_entropy"] = (z, _, soft) => Loss.BinaryCrossEntropy(z, soft),
        ["mean_squared_error"] = (z, _, soft) => Loss.MeanSquaredError(z, soft),
        ["smooth_l1"] = (z, _, soft) => Loss.SmoothL1(z, soft, beta: 0.5),
    };

    public static TheoryData<string> Names => [.. Cases.Keys];

    [Theory, MemberData(nameof(Names))]
    public void A_loss_and_its_gradient_equal_PyTorchs(string name)
    {
        using var fixture = Fixtures.Open("losses");
        using var scope = TensorScope.Begin();
        var z = fixture.Tensors["z"].Clone();
        z.RequiresGrad = true;
        var loss = Cases[name](z, fixture.Tensors["labels"], fixture.Tensors["soft"]);
        Fixtures.Equal(fixture.Tensors[name + "/loss"], loss, name);
        loss.Backward();
        Fixtures.Equal(fixture.Tensors[name + "/dz"], z.Grad!, "d" + name);
    }

    [Fact]
    public void Losses_of_bf16_logits_are_Float32()
    {
        using var scope = TensorScope.Begin();
        var loss = Loss.CrossEntropy(Tensor.Zeros([2, 3], DType.BFloat16), Tensor.Zeros([2], DType.Int64));
        Assert.Equal(DType.Float32, loss.DType);
        Assert.Equal(Math.Log(3), loss.ToDouble(), 6);
    }
}
