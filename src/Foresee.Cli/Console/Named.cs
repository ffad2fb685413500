using Foresee.Encoders;
using Foresee.Images;
using Foresee.Reports;

namespace Foresee.Cli;

/// <summary>
/// What a command line names has to be there. Else it is refused before any work, by every command, with the exit code of a line that asks
/// for what does not exist. Commands ask in the order in which the line names things.
/// </summary>
internal static class Named
{
    /// <summary>Folders, files or known data sets; null for an option that was not given.</summary>
    /// <exception cref="UsageException">One is none of these.</exception>
    public static void Images(params ReadOnlySpan<string?> named)
    {
        foreach (var name in named)
        {
            if (name is null) continue;
            try
            {
                KnownData.Resolve(name);
            }
            catch (ImageDataException error)
            {
                throw new UsageException(error.Message, error);
            }
        }
    }

    /// <summary>The folder of a run.</summary>
    /// <exception cref="UsageException">There is none.</exception>
    public static void Run(string folder)
    {
        CheckExists(folder);
        if (!File.Exists(Path.Combine(folder, RunDescription.FileName)))
            throw new UsageException($"{folder} holds no run (no {RunDescription.FileName}); "
                + "name the folder that pretrain wrote (its --out).");
    }

    /// <summary>The folder of a run, or of its encoder alone, or the encoder's file.</summary>
    /// <exception cref="UsageException">There is none, or no encoder yet.</exception>
    public static void Encoder(string path)
    {
        CheckExists(path);
        if (File.Exists(path) || File.Exists(Path.Combine(path, EncoderFile.FileName))) return;
        Run(path);
        throw new UsageException($"The run in {path} has no encoder yet (no {EncoderFile.FileName}): it ended before its first checkpoint. "
            + $"Go on with it: {Resuming.Line(path)}");
    }

    /// <exception cref="UsageException">There is no such file.</exception>
    public static void OrdinaryFile(FileInfo? file)
    {
        if (file is not null && !file.Exists) throw new UsageException($"There is no file {file}; check the path.");
    }

    private static void CheckExists(string path)
    {
        if (!Directory.Exists(path) && !File.Exists(path))
            throw new UsageException($"There is no folder {path}; name the folder that pretrain wrote (its --out).");
    }
}
