using System.Text.Json.Serialization;

namespace Foresee.Encoders;

/// <summary>A residual encoder of patches.</summary>
/// <param name="Channels">Of the images: 1 grey, 3 RGB, or more.</param>
/// <param name="Stem">Width of the first convolution.</param>
/// <param name="StemKernel">Its side: odd, or that of the patch for an encoder of whole patches.</param>
/// <param name="StemStride">Its stride.</param>
public sealed record PatchEncoderOptions(int Channels, int Stem, int StemKernel, int StemStride, IReadOnlyList<BlockOptions> Blocks)
{
    /// <summary>Stride of a 3x3 max-pooling after the stem, as large images have it; 1 for none.</summary>
    public int StemPool { get; init; } = 1;

    /// <summary>
    /// Where above 0, what the stem sees is whitened first, with this much added to each variance; see <see cref="Encoders.Whitening"/>.
    /// </summary>
    public double Whitening { get; init; }

    public Norm Norm { get; init; }

    /// <summary>Of <see cref="Norm.Group"/>; where they don't divide a width, it has the largest number below that does.</summary>
    public int Groups { get; init; } = 32;

    /// <summary>What of a block is kept for the backward pass.</summary>
    public Activations Activations { get; init; }

    /// <summary>D, the length of a patch's vector.</summary>
    public int Features => Blocks[^1].Width;

    /// <summary>
    /// Of the stem: by default the map keeps its size under an odd kernel; 0 where a kernel of the whole patch leaves one position.
    /// </summary>
    public int StemPadding { get; init; } = StemKernel % 2 == 1 ? StemKernel / 2 : 0;

    /// <summary>Weights of all convolutions, without biases; by arithmetic, so also for what no memory could hold.</summary>
    public long ConvolutionWeights()
    {
        var (weights, width) = ((long)Channels * Stem * StemKernel * StemKernel, Stem);
        foreach (var block in Blocks) (weights, width) = (weights + block.ConvolutionWeights(width), block.Width);
        return weights;
    }

    /// <summary>
    /// Sees a patch as one vector from the first layer on: a stem as large as the patch, then a residual block without spatial
    /// convolutions. For small grey patches it learns more in a minute than <see cref="Small8"/>, being all matrix products.
    /// </summary>
    public static PatchEncoderOptions PatchEmbedding(int channels, int patch, int width = 512, int features = 256) =>
        new(channels, width, patch, 1, [new(features, features, Kernel: 0)]) { StemPadding = 0 };

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
        if (StemKernel < 1 || StemStride < 1)
            faults.Add($"the stem needs a kernel and a stride of at least 1, got {StemKernel} and {StemStride}");
        if (StemPadding < 0) faults.Add($"the stem needs a padding of 0 or more, got {StemPadding}");
        if (Blocks.Count == 0) faults.Add("the encoder needs at least one block");
        if (!(Whitening >= 0) || double.IsInfinity(Whitening))
            faults.Add($"whitening must be 0 (none) or a number above it, got {Whitening}");
        if (StemPool is not (1 or 2)) faults.Add($"the pooling after the stem needs a stride of 2, or 1 for none, got {StemPool}");
        if (Groups < 1) faults.Add($"a group norm needs at least 1 group, got {Groups}");
        foreach (var block in Blocks.Where(block => !block.IsValid))
            faults.Add($"a block needs positive sizes and a kernel of 3, or, a bottleneck with stride 1, of 0; got {block}");
    }

    // Records compare lists by reference; two equal architectures must be equal.
    public bool Equals(PatchEncoderOptions? other) => other is not null && Channels == other.Channels && Stem == other.Stem
        && StemKernel == other.StemKernel && StemStride == other.StemStride && StemPadding == other.StemPadding
        && StemPool == other.StemPool && Whitening.Equals(other.Whitening) && Norm == other.Norm && Groups == other.Groups
        && Activations == other.Activations && Blocks.SequenceEqual(other.Blocks);

    public override int GetHashCode() => HashCode.Combine(Channels, Stem, StemKernel, StemStride, Norm, Activations, Blocks.Count);
}

[JsonConverter(typeof(JsonStringEnumConverter<Activations>))]
public enum Activations
{
    /// <summary>All that the gradient needs.</summary>
    Keep,

    /// <summary>
    /// Its input; the rest is computed again (<see cref="Torch.Layers.Recompute"/>). A third more work, memory of one block at a time.
    /// </summary>
    Recompute,
}
