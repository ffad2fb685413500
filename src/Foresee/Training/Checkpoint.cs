using System.Globalization;
using Foresee.Images;
using Foresee.Torch;
using Foresee.Torch.Distributed;
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

    /// <summary>Processes that trained together; what they computed hangs on the whole batch, not on how many shared it.</summary>
    public int Ranks { get; init; } = 1;

    internal void Write(string path, Module network, IReadOnlyList<PhaseTraining> phases, WeightAverage? average, Generator generator)
    {
        using var scope = TensorScope.Begin();
        var tensors = network.State().Select(t => new NamedTensor("network." + t.Name, t.Value))
            .Concat(phases.SelectMany(phase => phase.Optimiser.State().Select(t => new NamedTensor(phase.Prefix + t.Key, t.Value))))
            .Concat(average?.State().Select(t => new NamedTensor("average." + t.Key, t.Value)) ?? [])
            .Append(new("generator", generator.State));
        var fields = new Dictionary<string, string>
        {
            ["format"] = Format,
            ["recipe"] = Recipe,
            ["step"] = Step.ToString(CultureInfo.InvariantCulture),
            ["steps"] = Steps.ToString(CultureInfo.InvariantCulture),
            ["seconds"] = Seconds.ToString("R", CultureInfo.InvariantCulture),
            ["epoch"] = Position.Epoch.ToString(CultureInfo.InvariantCulture),
            ["index"] = Position.Index.ToString(CultureInfo.InvariantCulture),
        };
        if (Ranks > 1) fields["ranks"] = Ranks.ToString(CultureInfo.InvariantCulture);
        Safetensors.Write(path, tensors, fields);
    }

    /// <summary>Steps done and planned; 0 for what can't be read, which <see cref="Restore"/> then says.</summary>
    public static (long Step, long Steps) StepsOf(string path) => (FieldOf(path, "step"), FieldOf(path, "steps"));

    /// <summary>Processes that trained together when it was written.</summary>
    public static int RanksOf(string path) => (int)Math.Max(1, FieldOf(path, "ranks"));

    private static long FieldOf(string path, string name)
    {
        try
        {
            return Safetensors.ReadMetadata(path).TryGetValue(name, out var text)
                && long.TryParse(text, CultureInfo.InvariantCulture, out var value) ? value : 0;
        }
        catch (InvalidDataException)
        {
            return 0;
        }
    }

    /// <summary>Rank 0's checkpoint for all ranks, which may share no disk.</summary>
    /// <returns>Of rank 0 the path itself, else a copy, which is the caller's to delete.</returns>
    internal static string Fetch(string path, ProcessGroup group)
    {
        var copy = group.Rank == 0 ? path : Path.GetTempFileName();
        group.ShareFile(copy);
        return copy;
    }

    /// <exception cref="InvalidDataException">The file is damaged, no checkpoint, or another run's; the network is then not to be
    /// used.</exception>
    internal static Checkpoint Restore(
        string path, string recipe, Module network, IReadOnlyList<PhaseTraining> phases, WeightAverage? average, Generator generator)
    {
        using var scope = TensorScope.Begin();
        using var file = Safetensors.Read(path);
        InvalidDataException Fault(string what, Exception? cause = null) =>
            new($"{path}: {what}; put a good copy in its place, or start the run in another folder.", cause);
        string Field(string name) => file.Metadata.TryGetValue(name, out var value)
            ? value
            : throw Fault($"the field '{name}' is missing, so this is no whole checkpoint");
        long Whole(string name, long most = long.MaxValue) =>
            long.TryParse(Field(name), NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value <= most
            ? value : throw Fault($"{name} must be a whole number from 0 to {most}, got '{Field(name)}'");
        double Real(string name) => double.TryParse(Field(name), NumberStyles.Float, CultureInfo.InvariantCulture, out var value)
            && double.IsFinite(value) && value >= 0
            ? value : throw Fault($"{name} must be a number of 0 or more, got '{Field(name)}'");

        if (Field("format") != Format) throw Fault($"format '{Field("format")}', expected '{Format}'");
        if (Field("recipe") != recipe)
            throw new InvalidDataException($"{path} belongs to the recipe '{Field("recipe")}', this run is '{recipe}'; use --recipe "
                + $"{Field("recipe")}, or another --out folder.");
        var done = new Checkpoint(recipe, Whole("step"), Whole("steps"), Real("seconds"),
            new((int)Whole("epoch", int.MaxValue), (int)Whole("index", int.MaxValue)));
        if (!file.Tensors.TryGetValue("generator", out var state)) throw Fault("the tensor 'generator' is missing");
        Dictionary<string, Tensor> Part(string prefix) => file.Tensors.Where(t => t.Key.StartsWith(prefix, StringComparison.Ordinal))
            .ToDictionary(t => t.Key[prefix.Length..], t => t.Value);
        try
        {
            network.Load(Part("network."));
            foreach (var phase in phases) phase.Optimiser.Load(Part(phase.Prefix));
            average?.Load(Part("average."));
            generator.State = state;
        }
        catch (Exception error) when (error is ArgumentException or TorchException)
        {
            throw Fault($"it does not fit this run: {error.Message.TrimEnd('.')}", error);
        }
        return done;
    }
}
