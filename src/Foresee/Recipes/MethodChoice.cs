using Foresee.Images;
using Foresee.Methods.Cpc;

namespace Foresee.Recipes;

/// <summary>The method that images are pretrained with where none is asked for.</summary>
/// <param name="Reason">Why, in a sentence.</param>
public sealed record MethodChoice(string Method, string Reason)
{
    private const int Enough = 1000; // images
    private const string SimClr = "simclr";

    /// <summary>By what was measured on other images, at equal processor time; see docs/results.md.</summary>
    public static MethodChoice For(DataProfile data)
    {
        if (data.Count < Enough)
            return new(CpcV2Options.MethodName, $"CPC v2: {data.Count:N0} images are few to tell from one another, and have many patches");
        if (data.OnEmptyGround)
            return new(CpcV2Options.MethodName, "CPC v2: the images show things on an empty ground; of clothes, letters and drawings on "
                + "such a ground it learnt more than SimCLR");
        return new(SimClr, "SimCLR: ahead of CPC v2 on images without an empty ground, satellite pictures and photographs, also grey");
    }
}
