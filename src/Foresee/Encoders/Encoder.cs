using System.Text.Json.Serialization;
using Foresee.Encoders.Imported;
using Foresee.Encoders.Spectral;
using Foresee.Images;
using Foresee.Torch;
using Foresee.Torch.Layers;

namespace Foresee.Encoders;

/// <summary>
/// An image in, a grid of vectors out: the part of a network that is kept after pretraining. D is the length of a vector, H x W the grid.
/// </summary>
public abstract class Encoder(EncoderOptions options, InputFormat input) : Module
{
    /// <summary>What it was built from.</summary>
    public EncoderOptions Options { get; } = options;

    /// <summary>How images reach it.</summary>
    public InputFormat Input { get; } = input;

    /// <summary>D, the length of a vector.</summary>
    public abstract int Features { get; }

    /// <param name="images">[B, C, height, width], normalised by the input's mean and std.</param>
    /// <returns>[B, H, W, D] Float32</returns>
    public abstract Tensor Grid(Tensor images);

    /// <summary>The maps on its way, for probes of any stage and for detection.</summary>
    /// <param name="images">As for <see cref="Grid"/>.</param>
    /// <returns>Each [B, D_s, h_s, w_s] Float32, from the pixels to the end; empty where an encoder has none to show.</returns>
    public virtual IReadOnlyList<Tensor> Stages(Tensor images) => [];

    /// <summary>D_s of each of <see cref="Stages"/>.</summary>
    public virtual IReadOnlyList<int> StageWidths => [];

    /// <summary>Images without augmentation that <see cref="Calibrate"/> wants to see before training; 0 for none.</summary>
    public virtual int CalibrationImages => 0;

    /// <summary>Measures what is measured rather than learnt, such as a whitening filter.</summary>
    /// <param name="images">As for <see cref="Grid"/>.</param>
    /// <param name="work">Null: untold, by this process alone.</param>
    public virtual void Calibrate(Tensor images, Calibration? work = null) { }

    /// <summary>Whether a part of the state was measured by <see cref="Calibrate"/>: drawing weights anew leaves it alone.</summary>
    /// <param name="name">As in <see cref="Module.State"/>.</param>
    public virtual bool IsMeasured(string name) => false;

    public override Tensor Forward(Tensor x) => Grid(x);
}

/// <summary>Settings that build an encoder. In a file "kind" tells which.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "kind")]
[JsonDerivedType(typeof(PatchGridOptions), "patch-grid")]
[JsonDerivedType(typeof(ConvEncoderOptions), "conv")]
[JsonDerivedType(typeof(LabEncoderOptions), "lab")]
[JsonDerivedType(typeof(OnnxEncoderOptions), "onnx")]
[JsonDerivedType(typeof(KMeansEncoderOptions), "k-means")]
[JsonDerivedType(typeof(StageOptions), "stage")]
[JsonDerivedType(typeof(StagesOptions), "stages")]
[JsonDerivedType(typeof(SpectralEncoderOptions), "spectral")]
[JsonDerivedType(typeof(JointEncoderOptions), "joint")]
[JsonDerivedType(typeof(SymmetricOptions), "symmetric")]
public abstract record EncoderOptions
{
    public abstract Encoder Build(InputFormat input, Generator generator);

    /// <summary>Adds this record's faults to the list.</summary>
    public abstract void Validate(InputFormat input, ICollection<string> faults);

    /// <summary>
    /// Cells along a side that features are pooled into unless asked otherwise: 1 for the mean, as whole images are trained and published;
    /// null for each protocol's own, on a grid of patches.
    /// </summary>
    [JsonIgnore]
    public virtual int? PooledCells => 1;

    /// <summary>What it makes of an image, in words.</summary>
    public abstract string Describe(InputFormat input);
}
