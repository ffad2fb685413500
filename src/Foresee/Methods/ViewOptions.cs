using System.Text.Json.Serialization;
using Foresee.Augmentation;
using Foresee.Encoders;
using Foresee.Images;
using Foresee.Torch;

namespace Foresee.Methods;

/// <summary>What the settings of all methods have in common that compare changed views of whole images.</summary>
/// <param name="Encoder">Of whole images.</param>
public abstract record ViewOptions(ConvEncoderOptions Encoder) : MethodOptions
{
    private const int Large = 64; // px, from which on the views of photographs are blurred

    /// <summary>Of the first view.</summary>
    public abstract ImageAugmentation Augmentation { get; init; }

    /// <summary>Of the second view; null for the same.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public virtual ImageAugmentation? SecondAugmentation { get; init; }

    [JsonIgnore]
    public override EncoderOptions Kept => Encoder;

    public override MethodOptions On(EncoderOptions encoder) => encoder is ConvEncoderOptions whole
        ? this with { Encoder = whole }
        : base.On(encoder);

    public override void Validate(InputFormat input, ICollection<string> faults)
    {
        Encoder.Validate(input, faults);
        Augmentation.Validate(faults);
        SecondAugmentation?.Validate(faults);
    }

    public override IReadOnlyList<string> Reasons(InputFormat input) => [Encoder.Describe(input)];

    public override IReadOnlyList<string> Remarks(InputFormat input) => ImageAugmentation.Remarks(Augmentation, input.Channels);

    public override IReadOnlyList<Tensor> Examples(ImageBatch batch, InputFormat input, Generator generator) =>
        ViewMaker.Examples(Augmentation, SecondAugmentation, batch.ToTensor(), input.Height, input.Width, generator);

    /// <summary>A pre-activation network that two cores can train.</summary>
    protected static ConvEncoderOptions SmallEncoder(DataProfile data) => ConvEncoderOptions.Small(data.Input, width: 32);

    /// <summary>Nothing but mirrored, and turned where images have no upside; for methods that make pictures.</summary>
    protected static ImageAugmentation Mirrored(DataProfile data) => Suited(new() { HorizontalFlip = 0.5 }, data);

    /// <summary>Without blur where images are small, turned and mirrored any way where they have no upside.</summary>
    protected static ImageAugmentation Suited(ImageAugmentation augmentation, DataProfile data)
    {
        if (data.Input.Height <= Large) augmentation = augmentation with { Blur = 0 };
        return data.Upright ? augmentation : augmentation.FromAbove();
    }
}
