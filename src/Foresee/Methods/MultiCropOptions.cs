using Foresee.Augmentation;
using Foresee.Encoders;
using Foresee.Images;
using Foresee.Torch;

namespace Foresee.Methods;

/// <summary>Multi-crop (Caron et al. 2020, section 3.2): two views of the input's size and several smaller ones of small parts, which cost
/// little.</summary>
/// <param name="Encoder">Of whole images.</param>
public abstract record MultiCropOptions(ConvEncoderOptions Encoder) : ViewOptions(Encoder)
{
    /// <summary>Views of the input's size.</summary>
    internal const int LargeViews = 2;

    /// <summary>Of the large views.</summary>
    public override ImageAugmentation Augmentation { get; init; } = ImageAugmentation.SimClr with { LeastArea = 0.14 };

    /// <summary>Of the small ones.</summary>
    public ImageAugmentation SmallAugmentation { get; init; } = ImageAugmentation.SimClr with { LeastArea = 0.05, MostArea = 0.14 };

    /// <summary>How many small ones; 0 for none.</summary>
    public int SmallViews { get; init; } = 6;

    /// <summary>Their side in pixels (paper: 96 of 224).</summary>
    public int SmallSide { get; init; } = 96;

    /// <summary>About three sevenths of the input's side.</summary>
    protected static int SmallSideFor(DataProfile data) =>
        Math.Max(8, (int)Math.Round(Math.Min(data.Input.Height, data.Input.Width) * 3 / 7.0 / 8) * 8);

    public override void Validate(InputFormat input, ICollection<string> faults)
    {
        base.Validate(input, faults);
        SmallAugmentation.Validate(faults);
        if (SmallViews < 0) faults.Add($"small views must be 0 or more, got {SmallViews}");
        if (SmallViews > 0) Encoder.Validate(new(SmallSide, SmallSide, input.Channels), faults);
    }

    internal Views Views(MethodContext context) => new(context,
        [.. Enumerable.Repeat(Methods.Views.Maker(context, Augmentation), LargeViews),
            .. Enumerable.Repeat(Methods.Views.Maker(context, SmallAugmentation, SmallSide), SmallViews)]);

    /// <summary>Of all views, each size as one batch.</summary>
    /// <returns>[V·B, D], view by view</returns>
    internal Tensor Features(Embedding embedding, Inputs views)
    {
        Tensor Of(IEnumerable<Tensor> some) => embedding.Features(Tensor.Cat([.. some]));
        var large = Of(views.Tensors.Take(LargeViews));
        return SmallViews == 0 ? large : Tensor.Cat([large, Of(views.Tensors.Skip(LargeViews))]);
    }
}
