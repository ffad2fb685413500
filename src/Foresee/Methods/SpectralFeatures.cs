using System.Text.Json.Serialization;
using Foresee.Encoders;
using Foresee.Encoders.Spectral;
using Foresee.Images;
using Foresee.Torch;
using Foresee.Torch.Optimisers;

namespace Foresee.Methods;

/// <summary>Settings of the sparse manifold transform: a closed form, learnt without gradient or steps.</summary>
/// <param name="Encoder">Dictionary, codes and embedding.</param>
public sealed record SpectralFeaturesOptions(SpectralEncoderOptions Encoder) : MethodOptions
{
    private const int Places = 32; // along a side; beyond it the cost grows faster than what is seen

    /// <summary>
    /// The paper's 8,192 atoms of 6-px patches (Chen et al. 2023), at every place of small images; fewer atoms for fewer images, from
    /// which the pairs of so many can't be learnt.
    /// </summary>
    public static SpectralFeaturesOptions For(DataProfile data) => new(new SpectralEncoderOptions(Atoms(data.Count))
    {
        Stride = Math.Max(1, (Math.Max(data.Input.Height, data.Input.Width) + Places - 1) / Places),
    });

    private static int Atoms(int images) => images switch { >= 20_000 => 8192, >= 2_000 => 4096, _ => 2048 };

    [JsonIgnore]
    public override bool IsClosedForm => true;

    [JsonIgnore]
    public override EncoderOptions Kept => Encoder;

    /// <summary>There are no steps; the batch is what is read at once.</summary>
    [JsonIgnore]
    public override SuggestedTraining Suggested => new(128, new(OptimiserKind.Sgd, 0.1));

    public override void Validate(InputFormat input, ICollection<string> faults) => Encoder.Validate(input, faults);

    public override IReadOnlyList<string> Reasons(InputFormat input) => [Encoder.Describe(input)];

    public override IReadOnlyList<Tensor> Examples(ImageBatch batch, InputFormat input, Generator generator) =>
        [(batch.ToTensor().To(DType.Float32) / 255).View(batch.Count, 1, 1, input.Channels, input.ReadHeight, input.ReadWidth)];

    public override IMethod Build(MethodContext context) => new ClosedForm(this, Encoder, context);
}
