namespace Foresee.Encoders;

/// <summary>One pre-activation bottleneck block: 1x1 to Middle, Kernel x Kernel with the stride, 1x1 to Width.</summary>
/// <param name="Kernel">3, or 0 for a block without the spatial convolution, which is all a map of one position needs.</param>
public sealed record BlockOptions(int Width, int Middle, int Stride = 1, int Kernel = 3);

/// <summary>A residual encoder of patches.</summary>
/// <param name="Channels">Of the images: 1 grey, 3 RGB, or more.</param>
/// <param name="Stem">Width of the first convolution.</param>
/// <param name="StemKernel">Its side: odd, or that of the patch for an encoder of whole patches.</param>
/// <param name="StemStride">Its stride.</param>
public sealed record PatchEncoderOptions(int Channels, int Stem, int StemKernel, int StemStride, IReadOnlyList<BlockOptions> Blocks)
{
    /// <summary>D, the length of a patch's vector.</summary>
    public int Features => Blocks[^1].Width;

    /// <summary>Of the stem: the map keeps its size under an odd kernel; a kernel of the whole patch leaves one position.</summary>
    public int StemPadding => StemKernel % 2 == 1 ? StemKernel / 2 : 0;

    /// <summary>
    /// Sees a patch as one vector from the first layer on: a stem as large as the patch, then a residual block without spatial
    /// convolutions. For small grey patches it learns more in a minute than <see cref="Small8"/>, being all matrix products.
    /// </summary>
    public static PatchEncoderOptions Whole(int channels, int patch, int width = 512, int features = 256) =>
        new(channels, width, patch, 1, [new(features, features, Kernel: 0)]);

    /// <summary>A small encoder for 8-px patches: maps of 8, 4 and 2 px; 256-d; 0.2 M parameters.</summary>
    public static PatchEncoderOptions Small8(int channels) => new(channels, 32, 3, 1,
        [new(64, 32, 2), new(64, 32), new(256, 64, 2), new(256, 64), new(256, 64)]);

    /// <summary>For 16-px patches: the stem halves the map, then as <see cref="Small8"/> with one more stage; 384-d.</summary>
    public static PatchEncoderOptions Small16(int channels) => new(channels, 32, 3, 1,
        [new(64, 32, 2), new(128, 32, 2), new(128, 32), new(384, 96, 2), new(384, 96), new(384, 96)]);

    /// <summary>For 32-px patches and larger: a 5x5 stem of stride 2 before the stages of <see cref="Small16"/>; 512-d.</summary>
    public static PatchEncoderOptions Small32(int channels) => new(channels, 48, 5, 2,
        [new(96, 32, 2), new(192, 48, 2), new(192, 48), new(512, 128, 2), new(512, 128), new(512, 128)]);

    /// <summary>The small encoder that suits a patch.</summary>
    public static PatchEncoderOptions Small(int channels, int patch) =>
        patch < 12 ? Small8(channels) : patch < 24 ? Small16(channels) : Small32(channels);

    /// <summary>Adds this record's faults to the list.</summary>
    public void Validate(ICollection<string> faults)
    {
        if (Channels < 1) faults.Add($"the encoder needs at least 1 channel, got {Channels}");
        if (Stem < 1) faults.Add($"the stem needs a width of at least 1, got {Stem}");
        if (StemKernel < 1 || StemStride < 1) faults.Add($"the stem needs a kernel and a stride of at least 1, got {StemKernel} and {StemStride}");
        if (Blocks.Count == 0) faults.Add("the encoder needs at least one block");
        foreach (var block in Blocks)
            if (block.Width < 1 || block.Middle < 1 || block.Stride < 1 || block.Kernel is not (0 or 3) || (block.Kernel == 0 && block.Stride != 1)) faults.Add($"a block needs positive sizes and a kernel of 3, or of 0 with stride 1, got {block}");
    }

    // Records compare lists by reference; two equal architectures must be equal.
    public bool Equals(PatchEncoderOptions? other) => other is not null && Channels == other.Channels && Stem == other.Stem
        && StemKernel == other.StemKernel && StemStride == other.StemStride && Blocks.SequenceEqual(other.Blocks);

    public override int GetHashCode() => HashCode.Combine(Channels, Stem, StemKernel, StemStride, Blocks.Count);
}
