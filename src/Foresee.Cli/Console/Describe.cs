using System.CommandLine;
using Foresee.Images;
using Foresee.Methods;
using Foresee.Recipes;

namespace Foresee.Cli;

/// <summary>Words that several commands share.</summary>
internal static class Describe
{
    public static string Images { get; } =
        "a folder of images, of IDX files or of CIFAR's or STL-10's binary files, a CSV file that names images, or a known data set: "
        + $"{string.Join(", ", KnownData.Names)}";
    public static string Labelled { get; } =
        "a folder with one folder per class (or train/ and test/ of such), a folder of IDX files with labels or of CIFAR's or STL-10's "
        + $"binary files, a CSV file of path,label, or a known data set: {string.Join(", ", KnownData.Names)}";

    public static string Model { get; } = "the folder that fit wrote, or its model.onnx";

    /// <summary>Before anything is loaded: a mistyped recipe is a usage fault.</summary>
    public static void CheckRecipe(string name)
    {
        try
        {
            _ = Recipe.Find(name);
        }
        catch (ArgumentException error)
        {
            throw new UsageException(error.Message, error);
        }
    }

    /// <summary>Before anything is loaded: a mistyped method is a usage fault.</summary>
    public static void CheckMethod(string? name)
    {
        if (name is null || MethodOptions.Names.Contains(name)) return;
        throw new UsageException($"Unknown method '{name}'{Dial.Suggest(name, MethodOptions.Names)} Known: "
            + $"{string.Join(", ", MethodOptions.Names)}.");
    }

    /// <summary>A known data set has a recipe of its name; anything else is a folder.</summary>
    public static string RecipeFor(IImageSource images) => Recipe.All.Any(recipe => recipe.Name == images.Name) ? images.Name : "folder";

    /// <summary>The command line so that a shell reads it the same again.</summary>
    public static string Typed(ParseResult parsed) => Launcher.Command(parsed.RootCommandResult.Command,
        parsed.Tokens.Select(token => token.Value));
}
