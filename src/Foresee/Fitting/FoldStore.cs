using System.Globalization;
using Foresee.Evaluation;
using Foresee.Torch;
using Foresee.Torch.Files;

namespace Foresee.Fitting;

/// <summary>
/// Folds that were fitted, each a file under a name made of all that it hangs on: so a fold is found again by the same line, and not by
/// one with other labels, settings, images or another program. A file is whole or not there.
/// </summary>
internal sealed class FoldStore(string folder)
{
    private const string Rows = "probabilities", Seconds = "seconds";

    /// <param name="parts">All that the predictions hang on.</param>
    public string NameOf(IEnumerable<string> parts) => ImageKeys.Hash(
        [typeof(FoldStore).Module.ModuleVersionId.ToString(), typeof(Engine).Module.ModuleVersionId.ToString(), Engine.Version, .. parts]);

    /// <summary>Null where the fold was not fitted yet.</summary>
    public (float[] Probabilities, double Seconds)? Find(string name)
    {
        var path = PathOf(name);
        if (!File.Exists(path)) return null;
        using var content = Safetensors.ReadWeights(path);
        return (content.Tensors[Rows].ToArray<float>(), double.Parse(content.Metadata[Seconds], CultureInfo.InvariantCulture));
    }

    /// <param name="probabilities">[held, classes] row by row.</param>
    public void Add(string name, float[] probabilities, int classes, double seconds, Candidate candidate, int fold)
    {
        using var scope = TensorScope.Begin();
        var rows = Tensor.From<float>(probabilities, probabilities.Length / classes, classes);
        Safetensors.Write(PathOf(name), [new(Rows, rows)], new Dictionary<string, string>
        {
            [Seconds] = seconds.ToString("R", CultureInfo.InvariantCulture),
            ["candidate"] = candidate.ToString(),
            ["fold"] = fold.ToString(CultureInfo.InvariantCulture),
            ["settings"] = Fingerprint.Text(candidate.Protocol),
        });
    }

    private string PathOf(string name) => Path.Combine(folder, $"{name}.safetensors");
}
