using Foresee.Images;
using Foresee.Methods.Cpc;

namespace Foresee.Recipes;

/// <summary>The method that images are pretrained with where none is asked for.</summary>
/// <param name="Reason">Why, in a sentence.</param>
public sealed record MethodChoice(string Method, string Reason)
{
    private const int Enough = 1000, Colour = 3; // images, channels
    private const string SimClr = "simclr";

    /// <summary>By what was measured on other images, at equal processor time; see docs/results.md.</summary>
    public static MethodChoice For(DataProfile data) => (data.Count, data.Input.Channels) switch
    {
        ( < Enough, _) => new(CpcV2Options.MethodName, $"CPC v2: {data.Count:N0} images are few to tell from one another, and have many "
            + "patches"),
        (_, Colour) => new(SimClr, "SimCLR: ahead of CPC v2 on satellite pictures in the same processor time"),
        _ => new(CpcV2Options.MethodName, $"CPC v2: on images of {data.Input.Channels} channel{(data.Input.Channels == 1 ? "" : "s")} no "
            + "other method was measured to be ahead"),
    };
}
