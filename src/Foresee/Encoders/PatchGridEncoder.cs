using Foresee.Images;
using Foresee.Patches;
using Foresee.Torch;

namespace Foresee.Encoders;

/// <summary>An encoder that sees an image patch by patch.</summary>
/// <param name="Patch">Side of a patch in pixels.</param>
/// <param name="Stride">Distance from one patch to the next in pixels; at most the patch.</param>
/// <param name="Network">Of one patch.</param>
public sealed record PatchGridOptions(int Patch, int Stride, PatchEncoderOptions Network) : EncoderOptions
{
    /// <summary>
    /// Whether the network sees the image at once instead of patch by patch: a grid as fine as its last map, whose vectors see past the
    /// edge of a
    /// patch (Hénaff et al. 2020, section 3: patches are for pretraining).
    /// </summary>
    public bool WholeImages { get; init; }

    public override int? PooledCells => null;

    /// <summary>How an image is cut.</summary>
    public GridGeometry Grid(InputFormat input) => new(input.Height, input.Width, Patch, Stride);

    public override Encoder Build(InputFormat input, Generator generator) => new PatchGridEncoder(this, input, generator);

    public override void Validate(InputFormat input, ICollection<string> faults)
    {
        Grid(input).Validate(faults);
        Network.Validate(faults);
        if (Network.Channels != input.Channels)
            faults.Add($"the encoder has {Network.Channels} channels and its input {input.Channels}; they must be equal");
    }

    public override string Describe(InputFormat input) => $"{Grid(input)}";
}

/// <summary>One vector per patch, the same network for all of them (van den Oord et al. 2018; Hénaff et al. 2020).</summary>
public sealed class PatchGridEncoder : Encoder
{
    private readonly PatchGridOptions options;

    public PatchGridEncoder(PatchGridOptions options, InputFormat input, Generator generator) : base(options, input)
    {
        this.options = options;
        Geometry = options.Grid(input).Validate();
        Network = Inner(new PatchEncoder(options.Network, generator));
    }

    public GridGeometry Geometry { get; }

    /// <summary>Of one patch.</summary>
    public PatchEncoder Network { get; }

    public override int Features => options.Network.Features;

    public override Tensor Grid(Tensor images) => options.WholeImages
        ? Network.Map(images).To(DType.Float32).Permute(0, 2, 3, 1)                         // [B, h, w, D]
        : Grid(PatchGrid.Extract(images, Geometry), images.Size(0));

    /// <param name="patches">[B·H·W, C, p, p], normalised.</param>
    /// <param name="images">B</param>
    /// <returns>[B, H, W, D] Float32</returns>
    public Tensor Grid(Tensor patches, long images) =>
        Network.Forward(patches).To(DType.Float32).Reshape(images, Geometry.Rows, Geometry.Columns, -1);

    public override int CalibrationImages => options.Network.Whitening > 0 ? 2000 : 0;

    public override void Calibrate(Tensor images, Calibration? work = null) =>
        Network.Whiten(PatchGrid.Extract(images, Geometry));

    public override bool IsMeasured(string name) => name == PatchEncoder.WhiteningName;
}
