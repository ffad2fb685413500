using Foresee.Evaluation;
using Foresee.Images;
using Foresee.Labels;
using Foresee.Reports;
using Foresee.Studies;
using Foresee.Torch;
using Foresee.Torch.Distributed;
using Foresee.Training;

namespace Foresee.Cli;

/// <summary>What compare was asked; null where nothing was typed.</summary>
/// <param name="Command">As typed, for the record.</param>
internal sealed record CompareRequest(LabelledRequest Data, Budget Budget, string Output, string Command)
{
    public string? Starts { get; init; }
    public string? Without { get; init; }
    public string? Unlabelled { get; init; }
    public string? Recipe { get; init; }

    /// <summary>Empty for the usual ones.</summary>
    public IReadOnlyList<IProtocol> Protocols { get; init; } = [];
    public double? FineTuneMinutes { get; init; }
    public required BaselineSearch Baseline { get; init; }
    public bool AllowLeak { get; init; }
    public int Seed { get; init; }
    public required int Threads { get; init; }
    public FileInfo? Json { get; init; }

    /// <summary>The processes that share the starts; null for one.</summary>
    public ProcessGroup? Group { get; init; }

    private bool Writes => Group is null or { Rank: 0 };

    private ComparedStarts Compared => ComparedStarts.Read(Starts, Without);

    /// <exception cref="UsageException">A word that is no start, or two options that exclude each other.</exception>
    public void Check()
    {
        Compared.Check();
        Baseline.Check();
        Data.Check();
        if (Protocols.FirstOrDefault(protocol => !protocol.NeedsEncoder) is { } other)
            throw new UsageException($"--protocol names what stands on an encoder, and {other.Name} needs none; it stands in the table as "
                + $"the start {StartComparison.Baseline}.");
    }

    /// <summary>As one of several processes.</summary>
    public int RunRank(Terminal terminal, Device device)
    {
        Baseline.ExpectNone();
        Engine.Threads = Threads;
        return Run(terminal, device);
    }

    public int Run(Terminal terminal, Device device)
    {
        Named.Images(Data.Name, Unlabelled, Data.Test);
        Named.OrdinaryFile(Baseline.Tuned);
        var tuned = Baseline.Read();
        terminal.Now($"listing the images of {Data.Name}");
        var images = ImageSources.Open(Unlabelled ?? Data.Name);
        var data = Data.Open();
        if (Writes) OutputFolder.Prepare(Output);
        using var interruption = new Interruption(terminal);
        terminal.Now($"looking at images of {images.Name}, to choose how they are learnt from");
        var recipe = Recipes.Recipe.Find(Recipe ?? Describe.RecipeFor(images));
        var profile = recipe.Profile(images);
        var input = profile.Input;
        var starts = Compared.Resolve(recipe.MethodFor(profile), data, AllowLeak);
        var evaluating = new Evaluating(terminal);
        data = evaluating.Readable(data, input, Threads, interruption.Token);
        if (starts.Any(start => start is PixelStart)) Baseline.Warn(terminal, input.Channels, data.Train.Images);
        if (Baseline.Tune) tuned = Baseline.Run(data.Train, input, Data.Labels, Output, Threads, terminal, interruption.Token);
        if (Data.Validation) data = data.Validating();

        var plan = new StartStudyPlan(starts, recipe, input, Budget, Data.Labels)
        {
            Draws = Data.Draws,
            Seed = Seed,
            Threads = Threads,
            Device = device,
            Compute = Precision.For(device).Type,
            FineTuneMinutes = FineTuneMinutes,
            Tuned = tuned,
            Group = Group,
        };
        if (Protocols.Count > 0) plan = plan with { Protocols = Protocols };
        var context = new StudyContext(images, data, Output, Command, Commit.Read(), Pretraining.Blas()) { InWords = Fault.InWords };
        var view = new CompareView(terminal, images, new Pretraining(terminal, device, Threads));
        var ended = Study(terminal, plan, context, view, interruption.Token);
        return Writes ? Conclude(terminal, evaluating, data, ended) : ExitCode.Success;
    }

    private IReadOnlyList<StartMeasurement> Study(Terminal terminal, StartStudyPlan plan, StudyContext context, CompareView view,
        CancellationToken cancel)
    {
        try
        {
            return StartStudy.Run(plan, context, view, cancel);
        }
        catch (OperationCanceledException)
        {
            terminal.Line($"what was finished is in {Output}; the same line goes on from there");
            throw;
        }
    }

    private int Conclude(Terminal terminal, Evaluating evaluating, LabelledSplits data, IReadOnlyList<StartMeasurement> starts)
    {
        if (starts.All(start => start.Reason is not null))
            throw new ImageDataException("No start could be measured: "
                + string.Join(" ", starts.Select(start => $"{start.Name}: {start.Reason}")));
        terminal.Now("making the report");
        var comparison = StartComparison.From(starts);
        CompareView.Table(terminal, comparison);
        foreach (var sentence in comparison.Sentences()) terminal.Line(sentence);
        evaluating.Remarks();
        SvgPlot.Write(Path.Combine(Output, "label-efficiency.svg"), comparison.Curves());
        var report = Path.Combine(Output, HtmlReport.FileName);
        HtmlReport.Write(report, new()
        {
            Title = $"The best start for {comparison.Data}",
            Starts = comparison,
            Run = RunDescription.Read(Path.Combine(Output, StartStudy.FileName)),
        });
        terminal.Line($"report: {report}");
        JsonFile.Write(Json, CompareFields.Of(Output, comparison, data, report));
        return ExitCode.Success;
    }
}
