using Foresee.Encoders;
using Foresee.Images;

namespace Foresee.Methods;

/// <summary>What the settings of the methods have in common that ask what is up in an image.</summary>
/// <param name="Encoder">Of whole images.</param>
public abstract record UprightOptions(ConvEncoderOptions Encoder) : ViewOptions(Encoder)
{
    /// <summary>Whether the images have an upside; where they have none there is little to learn, and a remark says so.</summary>
    public bool Upright { get; init; } = true;

    public override void Validate(InputFormat input, ICollection<string> faults)
    {
        base.Validate(input, faults);
        if (Augmentation.QuarterTurns > 0 || Augmentation.VerticalFlip > 0)
            faults.Add($"{Name} asks what is up, which images turned or mirrored top to bottom beforehand don't tell; "
                + "set quarter turns and vertical flip to 0");
    }

    public override IReadOnlyList<string> Remarks(InputFormat input) => Upright ? base.Remarks(input) : [.. base.Remarks(input),
        $"these images seem to have no upside, which {Name} asks for: it learns little from them; take a method on views, such as simclr"];
}
