namespace Foresee.Encoders;

/// <summary>
/// Residual networks as encoders of patches (He et al. 2016, "Identity mappings in deep residual networks"). CPC leaves out the fourth
/// stack of an image network: <c>stacks</c> is 3 unless said otherwise.
/// </summary>
/// <remarks>
/// The stem suits the patch: 3x3 below 24 px, of stride 2 from there, 7x7 of stride 2 and max-pooling from 48 px on; so 8-px patches become
/// maps of 8, 4 and 2, and 80-px patches maps of 20, 10 and 5. <c>wide</c> multiplies all widths.
/// </remarks>
public static class ResNet
{
    /// <summary>256-d; 2.8 M convolution weights.</summary>
    public static PatchEncoderOptions Of18(int channels, int patch, int stacks = 3, int wide = 1) =>
        Build(channels, patch, wide, Basic([2, 2, 2, 2], wide), stacks);

    /// <summary>256-d; 8.2 M convolution weights.</summary>
    public static PatchEncoderOptions Of34(int channels, int patch, int stacks = 3, int wide = 1) =>
        Build(channels, patch, wide, Basic([3, 4, 6, 3], wide), stacks);

    /// <summary>1024-d; 8.5 M convolution weights, 23.5 M with four stacks (2048-d).</summary>
    public static PatchEncoderOptions Of50(int channels, int patch, int stacks = 3, int wide = 1) =>
        Build(channels, patch, wide, Bottlenecks([3, 4, 6, 3], wide), stacks);

    /// <summary>That of CPC v1: 1024-d; 27.4 M convolution weights.</summary>
    public static PatchEncoderOptions Of101(int channels, int patch, int stacks = 3, int wide = 1) =>
        Build(channels, patch, wide, Bottlenecks([3, 4, 23, 3], wide), stacks);

    /// <summary>
    /// That of CPC v2 (Hénaff et al. 2020): the third stack of <see cref="Of101"/> has 46 blocks in place of 23, maps of 4096 channels in
    /// place of 1024, bottlenecks of 512 in place of 256. 303.2 M convolution weights, 301.7 M of them in that stack: its blocks'
    /// activations
    /// are computed again unless said otherwise.
    /// </summary>
    public static PatchEncoderOptions Of161(int channels, int patch) => Build(channels, patch, wide: 1,
        [.. Bottlenecks([3, 4], wide: 1), new(46, new(4096, 512))], count: 3) with
    { Activations = Activations.Recompute };

    private static PatchEncoderOptions Build(int channels, int patch, int wide, IReadOnlyList<Stack> stacks, int count)
    {
        if (count < 1 || count > stacks.Count) throw new ArgumentException($"A ResNet has 1 to {stacks.Count} stacks, got {count}.");
        if (wide < 1) throw new ArgumentException($"A ResNet's widths are multiplied by 1 or more, got {wide}.");
        var blocks = stacks.Take(count).SelectMany((stack, s) => Enumerable.Range(0, stack.Blocks)
            .Select(b => stack.Block with { Stride = s > 0 && b == 0 ? 2 : 1 }));
        var stem = 64 * wide;
        return patch switch
        {
            < 24 => new(channels, stem, StemKernel: 3, StemStride: 1, [.. blocks]),
            < 48 => new(channels, stem, StemKernel: 3, StemStride: 2, [.. blocks]),
            _ => new(channels, stem, StemKernel: 7, StemStride: 2, [.. blocks]) { StemPool = 2 },
        };
    }

    private static Stack[] Basic(int[] blocks, int wide) =>
        [.. blocks.Select((count, s) => new Stack(count, new(64 * wide << s, 64 * wide << s) { Kind = BlockKind.Basic }))];

    private static Stack[] Bottlenecks(int[] blocks, int wide) =>
        [.. blocks.Select((count, s) => new Stack(count, new(256 * wide << s, 64 * wide << s)))];

    private sealed record Stack(int Blocks, BlockOptions Block);
}
