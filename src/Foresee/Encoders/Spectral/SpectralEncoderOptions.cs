using Foresee.Images;
using Foresee.Torch;

namespace Foresee.Encoders.Spectral;

/// <summary>A dictionary of small patches, sparse codes, and their spectral embedding, learnt without gradient.</summary>
/// <param name="Atoms">Of the dictionary: one half are patches, the other their mirror images (paper: 8192 patches, and mirror images in
/// training).</param>
/// <param name="Vectors">D, the length of a vector (paper: 384 and 512).</param>
/// <param name="Patch">Its side in pixels (paper: 6, at every place).</param>
public sealed record SpectralEncoderOptions(int Atoms = 8192, int Vectors = 384, int Patch = 6) : EncoderOptions
{
    /// <summary>Beyond it the counts alone take 2 GB.</summary>
    internal const int MostAtoms = 1 << 15;

    /// <summary>Pixels from a patch to the next (paper: 1).</summary>
    public int Stride { get; init; } = 1;

    /// <summary>The cosine from which an atom is part of a patch's code (paper: 0.3).</summary>
    public double Threshold { get; init; } = 0.35;

    /// <summary>
    /// Leading eigenvectors that are left out, the first being nearly the same for all patches (paper: 8, best for nearest neighbours; the
    /// third to eighth are worth 7 points to a linear classifier with 10 labels per class of CIFAR-10).
    /// </summary>
    public int Skip { get; init; } = 2;

    /// <summary>Added to the variances of patches, of pixels in 0..1, in the whitening (paper: 0.001).</summary>
    public double Whitening { get; init; } = 1e-3;

    /// <summary>Added to V's diagonal, as a share of its mean, so that atoms which are nearly the same don't divide by nothing.</summary>
    public double Ridge { get; init; } = 1e-6;

    /// <summary>Random patches that whitening and dictionary are taken from.</summary>
    public int Patches { get; init; } = 100_000;

    /// <summary>At most so many images give V and C.</summary>
    public int Images { get; init; } = 20_000;

    /// <summary>Places along a side that are averaged first (paper: 5).</summary>
    public int Pool { get; init; } = 5;

    /// <summary>Places from such a mean to the next (paper: 3).</summary>
    public int PoolStride { get; init; } = 3;

    /// <summary>Of the grid along a side: means of those means, of length 1 (paper: 3).</summary>
    public int Grid { get; init; } = 3;

    /// <summary>
    /// Each cell also has the mean of each channel, of pixels in 0..1, times this, and their deviation times twice this, which patches
    /// without their mean do not tell; 0 for none (the paper has none).
    /// </summary>
    public double Colour { get; init; } = 0.5;

    public override int? PooledCells => 3;

    /// <summary>h, half of the atoms.</summary>
    internal int Half => Atoms / 2;

    internal int Places(long pixels) => (int)(pixels - Patch) / Stride + 1;

    /// <summary>Means along a side of so many places; one where it would be larger than the image.</summary>
    internal int Cells(int places) => places <= Pool ? 1 : (places - Pool) / PoolStride + 1;

    public override Encoder Build(InputFormat input, Generator generator) => new SpectralEncoder(this, input, generator);

    public override void Validate(InputFormat input, ICollection<string> faults)
    {
        if (Atoms < 4 || Atoms % 2 != 0 || Atoms > MostAtoms)
            faults.Add($"a dictionary of patches and their mirror images has an even number of atoms, 4 to {MostAtoms}, got {Atoms}");
        if (Vectors < 1 || Skip < 0 || Vectors + Skip > Atoms)
            faults.Add($"{Atoms} atoms give as many vectors at most, got {Vectors} and {Skip} left out");
        if (Stride < 1) faults.Add($"patches lie 1 px or more from each other, got {Stride}");
        if (Pool < 1 || PoolStride < 1 || Grid < 1) faults.Add($"means need 1 place or more, got {Pool} every {PoolStride} for {Grid} cells");
        if (Patch < 2) faults.Add($"a dictionary needs patches of 2 px or more, got {Patch}");
        if (Math.Min(input.Height, input.Width) < Patch)
            faults.Add($"images of {input.Height} x {input.Width} px hold no patch of {Patch} px; take larger images or smaller patches");
        if (Patches < Half) faults.Add($"{Half} atoms need as many random patches or more, got {Patches}");
        if (Images < 1) faults.Add($"at least one image must be measured, got {Images}");
        if (!(Threshold is > 0 and < 1)) faults.Add($"the threshold is a cosine between 0 and 1, got {Threshold}");
        if (!(Colour >= 0)) faults.Add($"the weight of colour must be 0 or more, got {Colour}");
        if (!(Whitening > 0) || !(Ridge > 0)) faults.Add($"whitening and ridge must be above 0, got {Whitening} and {Ridge}");
    }

    public override string Describe(InputFormat input) => $"whole images of {input.Height} x {input.Width} px, sparse codes of "
        + $"{Patch} x {Patch} px at every {(Stride == 1 ? "place" : $"{Stride} px")} by {Atoms} patches, {Vectors}-d by what occurs together";
}
