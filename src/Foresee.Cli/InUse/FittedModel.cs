using Foresee.Inference;

namespace Foresee.Cli;

/// <summary>A fitted model that a command line names; the same words and exit code wherever there is none.</summary>
internal static class FittedModel
{
    /// <exception cref="UsageException">There is none.</exception>
    /// <exception cref="InvalidDataException">It is damaged, of a later format, or was not written by Foresee.</exception>
    public static Classifier Load(string named, ClassifierOptions options)
    {
        try
        {
            return Classifier.Load(named, options);
        }
        catch (FileNotFoundException error) when (IsNone(error))
        {
            throw None(named, error);
        }
    }

    /// <summary>Whether it is the model that is not there, and no part of the program.</summary>
    public static bool IsNone(FileNotFoundException error) => Path.GetFileName(error.FileName) == ModelDescription.ModelFile;

    /// <param name="error">Of who wanted to load it.</param>
    public static UsageException None(string named, FileNotFoundException error) =>
        new(IsUnfinished(named) ? Unfinished(named) : error.Message, error);

    public static string Unfinished(string named) =>
        $"The fit in {named} has not come to a model yet; the same line of fit goes on with it.";

    /// <summary>A fit began there, and made no model yet.</summary>
    public static bool IsUnfinished(string named) =>
        RefitWords.AreIn(named) && !File.Exists(Path.Combine(named, ModelDescription.ModelFile));
}
