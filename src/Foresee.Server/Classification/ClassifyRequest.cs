using System.Globalization;
using Foresee.Server.Hosting;
using Foresee.Server.Models;

namespace Foresee.Server.Classification;

/// <summary>What the address asks for beside the classes.</summary>
/// <param name="Top">Classes told of each image; all of them by default.</param>
/// <param name="Nearest">Training images told.</param>
/// <param name="Coverage">Of the conformal set, or null for none.</param>
internal sealed record ClassifyRequest(int Top, int Nearest, double? Coverage)
{
    /// <exception cref="Problem">Names the parameter, its value and what it may be.</exception>
    public static ClassifyRequest Of(IQueryCollection query)
    {
        foreach (var key in query.Keys)
            if (key is not ("top" or "nearest" or "coverage"))
                throw new Problem(400, "bad_parameter", "There are the parameters top, nearest and coverage.");
        return new(Whole(query, "top", 1, 10_000) ?? int.MaxValue, Whole(query, "nearest", 0, LoadedModel.MostNearest) ?? 0, CoverageOf(query));
    }

    private static int? Whole(IQueryCollection query, string name, int least, int most)
    {
        if (!query.TryGetValue(name, out var text)) return null;
        return int.TryParse(text, NumberStyles.None, Json.Culture, out var value) && value >= least && value <= most ? value
            : throw new Problem(400, "bad_parameter", $"The parameter {name} is a whole number from {least} to {most}.");
    }

    private static double? CoverageOf(IQueryCollection query)
    {
        if (!query.TryGetValue("coverage", out var text)) return null;
        return double.TryParse(text, NumberStyles.AllowDecimalPoint, Json.Culture, out var value) && value is > 0 and < 1 ? value
            : throw new Problem(400, "bad_parameter", "The parameter coverage is a number between 0 and 1, for instance 0.9.");
    }
}
