namespace Foresee.Server.Models;

/// <summary>
/// A new model is made beside the one in use and then takes its place under the same name, so that the next start serves it; the earlier
/// one is kept as MODEL.before. Killed between the two renames, the next start makes the second.
/// </summary>
internal static class ModelFolder
{
    public static string Next(string model) => Path.TrimEndingDirectorySeparator(model) + ".next";

    public static string Before(string model) => Path.TrimEndingDirectorySeparator(model) + ".before";

    /// <summary>Before a model is loaded.</summary>
    public static void Recover(string model)
    {
        if (Directory.Exists(model) || File.Exists(model) || !Directory.Exists(Before(model))) return;
        var whole = File.Exists(Path.Combine(Next(model), "model.onnx"));
        Directory.Move(whole ? Next(model) : Before(model), model);
    }

    /// <summary>What fitting has computed before, encoders and features, so that only what depends on labels is computed anew.</summary>
    public static void HandOn(string model)
    {
        const string Work = "work";
        var (before, next) = (Path.Combine(model, Work), Path.Combine(Next(model), Work));
        if (!Directory.Exists(before) || Directory.Exists(next)) return;
        Directory.CreateDirectory(Next(model));
        Directory.Move(before, next);
    }

    public static void Exchange(string model)
    {
        if (Directory.Exists(Before(model))) Directory.Delete(Before(model), recursive: true);
        Directory.Move(model, Before(model));
        Directory.Move(Next(model), model);
    }
}
