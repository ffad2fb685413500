using System.Globalization;
using Foresee.Torch;
using Foresee.Torch.Files;
using Foresee.Torch.Layers;
using Foresee.Torch.Optimisers;

namespace Foresee.Detection;

/// <summary>The detector's file with the state of its optimiser beside: all that a training needs to go on.</summary>
internal sealed record DetectorCheckpoint(long Step, double Seconds)
{
    public const string FileName = "checkpoint.safetensors";
    private const string Prefix = "optimiser/", StepField = "step", SecondsField = "seconds";

    public void Write(string folder, Detector detector, IOptimiser optimiser, long steps)
    {
        // The detector first: a checkpoint always has one, whenever the program is killed.
        DetectorFile.Write(Path.Combine(folder, DetectorFile.FileName), detector, (Step, steps));
        using var scope = TensorScope.Begin();
        DetectorFile.Write(Path.Combine(folder, FileName), detector, (Step, steps),
            optimiser.State().Select(tensor => new NamedTensor(Prefix + tensor.Key, tensor.Value)), new Dictionary<string, string>
            {
                [StepField] = Step.ToString(CultureInfo.InvariantCulture),
                [SecondsField] = Seconds.ToString("R", CultureInfo.InvariantCulture),
            });
    }

    /// <param name="optimiser">Made of the detector's parameters that learn.</param>
    /// <exception cref="InvalidDataException">The file is damaged or another training's.</exception>
    public static DetectorCheckpoint Restore(string folder, Detector detector, IOptimiser optimiser)
    {
        var path = Path.Combine(folder, FileName);
        using var scope = TensorScope.Begin();
        using var file = Safetensors.Read(path);
        InvalidDataException Fault(string what, Exception? cause = null) =>
            new($"{path}: {what}; put a good copy in its place, or start the training in another folder.", cause);
        var (step, text) = (file.Metadata.GetValueOrDefault(StepField), file.Metadata.GetValueOrDefault(SecondsField));
        if (!long.TryParse(step, CultureInfo.InvariantCulture, out var done) || done < 0
            || !double.TryParse(text, CultureInfo.InvariantCulture, out var seconds))
            throw Fault("its steps or seconds are missing, so this is no whole checkpoint");
        try
        {
            detector.Load(file.Tensors.Where(tensor => !tensor.Key.StartsWith(Prefix, StringComparison.Ordinal)).ToDictionary());
            optimiser.Load(file.Tensors.Where(tensor => tensor.Key.StartsWith(Prefix, StringComparison.Ordinal))
                .ToDictionary(tensor => tensor.Key[Prefix.Length..], tensor => tensor.Value));
        }
        catch (Exception error) when (error is ArgumentException or TorchException)
        {
            throw Fault($"it does not fit this training: {error.Message.TrimEnd('.')}", error);
        }
        return new(done, seconds);
    }
}
