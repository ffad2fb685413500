using System.CommandLine;
using System.CommandLine.Parsing;
using Foresee.Evaluation;
using Foresee.Evaluation.Joint;
using Foresee.Evaluation.Protocols;

namespace Foresee.Cli;

/// <summary>What evaluate can be asked, as options of the command line; <see cref="Read"/> gives what was asked.</summary>
internal sealed class EvaluateOptions
{
    private readonly Argument<string> run = new("RUN")
    {
        Description = "the folder that pretrain wrote, a start (start list), or a file of weights: .safetensors or .onnx",
    };

    private readonly Option<bool> leak = AllowLeak();

    /// <summary>The option --allow-leak, which compare has, too.</summary>
    public static Option<bool> AllowLeak() => new("--allow-leak")
    {
        Description = "measure even where the start was trained on these images and their labels; the results say so",
    };

    private readonly Argument<string> labelled = new("LABELLED") { Description = Describe.Labelled };
    private readonly LabelledOptions data = new("where LABELLED has none of its own");

    private readonly Option<IProtocol[]> protocol = Protocol(
        "what to measure: linear, fine-tuned, supervised and others, several with commas between them; "
        + "a word that is none of them shows all (default: linear)");

    /// <summary>The option --protocol, which compare has, too.</summary>
    public static Option<IProtocol[]> Protocol(string description) => new("--protocol")
    {
        Description = description,
        HelpName = "names",
        CustomParser = ParseProtocols,
    };

    private readonly Option<int?> stride = Dial.Whole("--stride",
        "pixels between patches when features are computed; fewer give a finer grid, for more time (default: as in pretraining)",
        least: 1, most: 1000);

    private readonly Option<bool> whole = new("--whole-images")
    {
        Description = "let the encoder see each image at once, past the edges of its patches",
    };

    private readonly Option<int?> size = Dial.Whole("--size",
        "pixels that images are brought to, both sides (default: as trained; fewer are quicker)", least: 8, most: 1024);

    private readonly Option<int?> stage = Dial.Whole("--stage",
        "end the encoder at this stage, from 1; earlier ones sometimes tell more (default: all of it)", least: 1, most: 6);

    private readonly Option<double?> epochs = Dial.Positive("--epochs",
        "passes over the labelled images, where batches are learnt from (default: a set number of steps, more with many labels)");

    private readonly Option<double?> headEpochs = Dial.Positive("--head-epochs",
        "passes of fine-tuning in which only the head learns, before the encoder does "
            + "(default: none, the head begins as the linear probe)");

    private readonly Option<JointNetworkKind?> network = NetworkOption.Create();

    private readonly Option<bool> balance = new("--balance")
    {
        Description = "let each class count the same, however many labels it has, "
            + "and hold equally many of each out for --validation",
    };

    private readonly Option<string> output = new("--out")
    {
        Description = "the folder that receives results.csv and report.html",
        HelpName = "folder",
        Required = true,
    };

    private readonly BaselineOptions baseline = new();

    private readonly Option<GridPooling?> pooling =
        PoolingOption.For("protocols on a pooled grid", "each its own");

    public Option<double?> RankTimeout { get; } = Ranks.Timeout();

    public RunOptions Run { get; } = new();

    public void AddTo(Command command)
    {
        command.Add(run);
        command.Add(labelled);
        Option[] options =
        [
            data.Test, data.Validation, protocol, data.Labels, pooling, size, stage, stride, whole, epochs, headEpochs, network, balance,
            data.Draws, output, baseline.Tune, baseline.Minutes, baseline.Tuned, leak, RankTimeout,
        ];
        foreach (var option in options) command.Add(option);
        Run.AddTo(command);
    }

    public EvaluateRequest Read(ParseResult parsed) => new()
    {
        Encoder = parsed.GetValue(run)!,
        AllowLeak = parsed.GetValue(leak),
        Data = data.Read(parsed, parsed.GetValue(labelled)!),
        Output = parsed.GetValue(output)!,
        Protocols = parsed.GetValue(protocol) is { Length: > 0 } asked ? asked : [new Linear()],
        Threads = Run.ThreadsOf(parsed),
        Dials = new()
        {
            Pooling = parsed.GetValue(pooling),
            Epochs = parsed.GetValue(epochs),
            HeadEpochs = parsed.GetValue(headEpochs),
            Network = parsed.GetValue(network),
            Balance = parsed.GetValue(balance),
        },
        Reading = new()
        {
            Stride = parsed.GetValue(stride),
            WholeImages = parsed.GetValue(whole),
            Size = parsed.GetValue(size),
            Stage = parsed.GetValue(stage),
        },
        Baseline = baseline.Read(parsed),
    };

    private static IProtocol[]? ParseProtocols(ArgumentResult result)
    {
        var names = result.Tokens[0].Value.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        var unknown = names.FirstOrDefault(name => KnownProtocols.Find(name) is null);
        if (names.Length > 0 && unknown is null) return [.. names.Select(name => KnownProtocols.Find(name)!).Distinct()];
        var known = KnownProtocols.Names;
        result.AddError($"--protocol must be {string.Join(", ", known.SkipLast(1))} or {known[^1]}, or several with commas between them; "
            + $"got '{unknown ?? ""}'{Dial.Suggest(unknown ?? "", known)}");
        return null;
    }
}
