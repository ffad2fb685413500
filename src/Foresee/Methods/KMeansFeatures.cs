using System.Text.Json.Serialization;
using Foresee.Encoders;
using Foresee.Images;
using Foresee.Torch;
using Foresee.Torch.Optimisers;

namespace Foresee.Methods;

/// <summary>Settings of k-means features: a closed form, learnt without gradient or steps.</summary>
/// <param name="Encoder">The dictionary.</param>
public sealed record KMeansFeaturesOptions(KMeansEncoderOptions Encoder) : MethodOptions
{
    private const int Places = 64; // along a side; beyond it the cost grows faster than what is seen

    /// <summary>
    /// 1,600 centroids of 6-px patches (Coates, Lee and Ng 2011), at every place of small images; of their mirror
    /// images, too, where they have no side.
    /// </summary>
    public static KMeansFeaturesOptions For(DataProfile data) => new(new KMeansEncoderOptions
    {
        Stride = Math.Max(1, (Math.Max(data.Input.Height, data.Input.Width) + Places - 1) / Places),
    })
    {
        Mirror = !data.Sided,
    };

    /// <summary>Whether mirror images are coded, too (not in the paper); it doubles the time of coding.</summary>
    public bool Mirror { get; init; }

    [JsonIgnore]
    public override bool IsClosedForm => true;

    [JsonIgnore]
    public override EncoderOptions Kept => Mirror ? new SymmetricOptions(Encoder) : Encoder;

    /// <summary>There are no steps; the batch is what is read at once.</summary>
    [JsonIgnore]
    public override SuggestedTraining Suggested => new(128, new(OptimiserKind.Sgd, 0.1));

    public override void Validate(InputFormat input, ICollection<string> faults) => Encoder.Validate(input, faults);

    public override IReadOnlyList<string> Reasons(InputFormat input) => [Kept.Describe(input)];

    public override IReadOnlyList<Tensor> Examples(ImageBatch batch, InputFormat input, Generator generator) =>
        [(batch.ToTensor().To(DType.Float32) / 255).View(batch.Count, 1, 1, input.Channels, input.ReadHeight, input.ReadWidth)];

    public override IMethod Build(MethodContext context) => new ClosedForm(this, Kept, context);
}
