using Foresee.Inference;

namespace Foresee.Server.Models;

/// <summary>
/// A new model is made beside the one in use and then takes its place under the same name, so that the next start serves it; the earlier
/// one is kept as MODEL.before. Killed between the two renames, the next start makes the second.
/// </summary>
internal static class ModelExchange
{
    public static string Next(string model) => Path.TrimEndingDirectorySeparator(model) + ".next";

    public static string Before(string model) => Path.TrimEndingDirectorySeparator(model) + ".before";

    /// <summary>Before a model is loaded.</summary>
    public static void Recover(string model)
    {
        if (Directory.Exists(model) || File.Exists(model) || !Directory.Exists(Before(model))) return;
        var whole = File.Exists(Path.Combine(Next(model), ModelDescription.ModelFile));
        Directory.Move(whole ? Next(model) : Before(model), model);
    }

    /// <summary>What fitting has computed before, encoders and features, so that only what depends on labels is computed anew.</summary>
    public static void HandOn(string model) => MoveWork(model, Next(model));

    /// <summary>After a refit that made no model.</summary>
    public static void HandBack(string model)
    {
        if (Directory.Exists(model)) MoveWork(Next(model), model); // else an exchange broke off, which the next start finishes
    }

    /// <summary>Where both have one, the newer stays.</summary>
    private static void MoveWork(string from, string to)
    {
        const string Work = "work";
        var (source, target) = (Path.Combine(from, Work), Path.Combine(to, Work));
        if (!Directory.Exists(source)) return;
        if (Directory.Exists(target))
        {
            if (Changed(target) >= Changed(source)) return;
            Directory.Delete(target, recursive: true);
        }
        Directory.CreateDirectory(to);
        Directory.Move(source, target);
    }

    private static DateTime Changed(string folder) => new DirectoryInfo(folder)
        .EnumerateFileSystemInfos("*", SearchOption.AllDirectories).Select(entry => entry.LastWriteTimeUtc)
        .Append(Directory.GetLastWriteTimeUtc(folder)).Max();

    public static void Exchange(string model)
    {
        if (Directory.Exists(Before(model))) Directory.Delete(Before(model), recursive: true);
        Directory.Move(model, Before(model));
        Directory.Move(Next(model), model);
    }
}
