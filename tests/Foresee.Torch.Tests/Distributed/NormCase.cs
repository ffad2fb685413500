using Foresee.Torch.Distributed;
using Foresee.Torch.Layers;

namespace Foresee.Torch.Tests.Distributed;

/// <summary>A batch norm with what stands after it, on the images of one rank or of all.</summary>
/// <param name="Pool">Side of the windows.</param>
internal sealed record NormCase(string Name, DType Type, int Pool = 1, bool Residual = false, bool Rectified = true)
{
    private const int Images = 6, Channels = 48, Height = 7, Width = 9; // odd sides: with windows of 2 the last row and column are in none

    /// <summary>All that the kernel has.</summary>
    public static IReadOnlyList<NormCase> All { get; } =
    [
        new("relu", DType.Float32), new("pool", DType.Float32, Pool: 2), new("relu16", DType.BFloat16),
        new("sum16", DType.BFloat16, Residual: true), new("plain16", DType.BFloat16, Rectified: false),
    ];

    /// <summary>Of the group's rank its own images; without a group those of all ranks.</summary>
    /// <returns>y, gradients and the running statistics; weights' gradients are sums over ranks.</returns>
    public IEnumerable<KeyValuePair<string, Tensor>> Run(ProcessGroup? group, int ranks = 2)
    {
        Tensor All(string what, params long[] shape) => group is not null ? Own(group.Rank, what, shape)
            : Tensor.Cat([.. Enumerable.Range(0, ranks).Select(rank => Own(rank, what, shape))]);
        Tensor Map(string what, int pool = 1) =>
            All(what, Images, Channels, Height / pool, Width / pool).To(Type).To(MemoryFormat.ChannelsLast).Detach();
        using var norm = new BatchNorm2d(Channels);
        norm.Synchronise(group);
        Tensor[] weights = [.. norm.Parameters().Select(p => p.Value)];
        using (Autograd.NoGrad())
            foreach (var weight in weights) weight.Copy_(Tensor.Arange(Channels).To(DType.Float32) / 20 - 1.1); // of either sign
        var (x, residual) = (Map("maps"), Map("residuals"));
        x.RequiresGrad = residual.RequiresGrad = true;
        var y = Residual ? norm.SumRelu(x, residual) : Rectified ? norm.ReluPool(x, Pool) : norm.Normalise(x);
        Tensor[] inputs = [x, .. weights, .. Residual ? new[] { residual } : []];
        var gradients = Autograd.Gradients([y], inputs, [Map("towards it", Pool)]);
        if (group is not null)
            foreach (var gradient in gradients[1..3]) group.Sum(gradient!);
        var state = norm.State().ToDictionary(tensor => tensor.Name, tensor => tensor.Value);
        Tensor?[] results = [y.Detach(), gradients[0], gradients[1], gradients[2], state["running_mean"].Clone(),
            state["running_var"].Clone(), .. gradients[3..]];
        return results.Select((result, index) => KeyValuePair.Create($"{Name}.{index}", result!.To(DType.Float32).Contiguous()));
    }

    /// <summary>Another mean and spread on each rank.</summary>
    private static Tensor Own(int rank, string what, long[] shape) =>
        RankCases.Draw(rank, what, shape) * (1 + rank) + (what == "maps" ? 3 * rank + 1 : 0);

    /// <summary>Of the n-th result: whether it has a row for each image.</summary>
    public static bool IsMap(int index) => index is < 2 or > 5;
}
