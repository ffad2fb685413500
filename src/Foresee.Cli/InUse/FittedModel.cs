using Foresee.Inference;

namespace Foresee.Cli;

/// <summary>A fitted model that a command line names.</summary>
internal static class FittedModel
{
    /// <exception cref="UsageException">There is none.</exception>
    public static Classifier Load(string named, int threads)
    {
        try
        {
            return Classifier.Load(named, new() { Threads = threads });
        }
        catch (FileNotFoundException error)
        {
            throw new UsageException(error.Message, error);
        }
    }
}
