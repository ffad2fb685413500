using Foresee.Evaluation;
using Foresee.Torch;

namespace Foresee.Tests.Evaluation;

public sealed class EffectiveRankTests
{
    [Fact]
    public void Equal_directions_count_as_many_as_they_are()
    {
        using var scope = TensorScope.Begin();
        // ±e_i: centred already, all singular values equal.
        var rows = new float[8, 4];
        for (var i = 0; i < 8; i++) rows[i, i / 2] = i % 2 == 0 ? 3 : -3;
        Assert.Equal(4, EffectiveRank.Of(Tensor.From(rows.Cast<float>().ToArray(), 8, 4)), 1e-9);
    }

    [Fact]
    public void Unequal_directions_count_by_the_entropy_of_their_singular_values()
    {
        using var scope = TensorScope.Begin();
        var sigma = new[] { 5.0, 2, 1 };
        var rows = new double[6, 9]; // fewer vectors than dimensions: the other product
        for (var i = 0; i < 6; i++) rows[i, i / 2] = sigma[i / 2] * (i % 2 == 0 ? 1 : -1);
        var expected = Math.Exp(-sigma.Select(s => s / 8).Sum(p => p * Math.Log(p)));
        Assert.Equal(expected, EffectiveRank.Of(Tensor.From(rows.Cast<double>().ToArray(), 6, 9)), 1e-9);
    }

    [Fact]
    public void A_line_has_rank_one_and_a_collapse_none()
    {
        using var scope = TensorScope.Begin();
        var line = Enumerable.Range(0, 30).Select(i => (float)(i / 3 * (i % 3 + 1))).ToArray();
        Assert.Equal(1, EffectiveRank.Of(Tensor.From(line, 10, 3)), 1e-4);
        Assert.Equal(0, EffectiveRank.Of(Tensor.Ones([10, 3])));
    }
}
