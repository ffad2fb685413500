using Foresee.Augmentation;
using Foresee.Encoders;
using Foresee.Images;
using Foresee.Torch;

namespace Foresee.Methods;

/// <summary>Makes a batch's changed views, normalised, on the method's device.</summary>
internal sealed class Views(MethodContext context, params IReadOnlyList<ViewMaker> makers)
{
    private readonly ViewSet set = new(makers);

    /// <summary>Two views of the input's size.</summary>
    public Views(MethodContext context, ViewOptions options)
        : this(context, Maker(context, options.Augmentation), Maker(context, options.SecondAugmentation ?? options.Augmentation)) { }

    /// <param name="side">In pixels; null for the input's own.</param>
    public static ViewMaker Maker(MethodContext context, ImageAugmentation augmentation, int? side = null)
    {
        var input = context.Input;
        return new(augmentation, side ?? input.Height, side ?? input.Width, input.Channels, input.Mean, input.Std);
    }

    /// <returns>Each [B, C, h, w], in the order of the makers.</returns>
    public Inputs Of(ImageBatch batch, Generator generator) =>
        new(batch.Indices, [.. set.Make(batch.ToTensor(), generator, context.Threads,
            context.Share.Rank * batch.Count).Select(view => view.To(context.Device))]);
}
