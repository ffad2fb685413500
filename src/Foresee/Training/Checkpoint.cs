using System.Globalization;
using Foresee.Images;
using Foresee.Torch;
using Foresee.Torch.Files;
using Foresee.Torch.Layers;
using Foresee.Torch.Optimisers;

namespace Foresee.Training;

/// <summary>
/// All that a run needs to go on as if it had never stopped: weights, optimiser, average, generator, place in the data, and how
/// many steps are planned. One safetensors file, replaced atomically.
/// </summary>
/// <param name="Recipe">Whose network this is; another recipe's checkpoint is refused.</param>
/// <param name="Step">Steps done.</param>
/// <param name="Steps">Steps planned; 0 while a budget in minutes has not fixed them.</param>
/// <param name="Seconds">Spent so far.</param>
public sealed record Checkpoint(string Recipe, long Step, long Steps, double Seconds, LoaderPosition Position)
{
    public const string FileName = "checkpoint.safetensors";
    private const string Format = "foresee-checkpoint-1";

    public void Write(string path, Module network, IOptimiser optimiser, WeightAverage? average, Generator generator)
    {
        using var scope = TensorScope.Begin();
        var tensors = network.State().Select(t => new NamedTensor("network." + t.Name, t.Value))
            .Concat(optimiser.State().Select(t => new NamedTensor("optimiser." + t.Key, t.Value)))
            .Concat(average?.State().Select(t => new NamedTensor("average." + t.Key, t.Value)) ?? [])
            .Append(new("generator", generator.State));
        Safetensors.Write(path, tensors, new Dictionary<string, string>
        {
            ["format"] = Format,
            ["recipe"] = Recipe,
            ["step"] = Step.ToString(CultureInfo.InvariantCulture),
            ["steps"] = Steps.ToString(CultureInfo.InvariantCulture),
            ["seconds"] = Seconds.ToString("R", CultureInfo.InvariantCulture),
            ["epoch"] = Position.Epoch.ToString(CultureInfo.InvariantCulture),
            ["index"] = Position.Index.ToString(CultureInfo.InvariantCulture),
        });
    }

    /// <exception cref="InvalidDataException">The file is damaged, no checkpoint, or another recipe's.</exception>
    public static Checkpoint Restore(string path, string recipe, Module network, IOptimiser optimiser, WeightAverage? average, Generator generator)
    {
        using var scope = TensorScope.Begin();
        using var file = Safetensors.Read(path);
        string Field(string name) => file.Metadata.TryGetValue(name, out var value) ? value
            : throw new InvalidDataException($"{path}: the field '{name}' is missing; this is no Foresee checkpoint. Start the run in another folder.");
        if (Field("format") != Format) throw new InvalidDataException($"{path}: format '{Field("format")}', expected '{Format}'.");
        if (Field("recipe") != recipe) throw new InvalidDataException($"{path} belongs to the recipe '{Field("recipe")}', this run is '{recipe}'; use --recipe {Field("recipe")}, or another --out folder.");
        Dictionary<string, Tensor> Part(string prefix) => file.Tensors.Where(t => t.Key.StartsWith(prefix, StringComparison.Ordinal))
            .ToDictionary(t => t.Key[prefix.Length..], t => t.Value);
        network.Load(Part("network."));
        optimiser.Load(Part("optimiser."));
        average?.Load(Part("average."));
        generator.State = file.Tensors["generator"];
        long Whole(string name) => long.Parse(Field(name), CultureInfo.InvariantCulture);
        return new(recipe, Whole("step"), Whole("steps"), double.Parse(Field("seconds"), CultureInfo.InvariantCulture),
            new((int)Whole("epoch"), (int)Whole("index")));
    }
}
