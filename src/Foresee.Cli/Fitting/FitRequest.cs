using System.Diagnostics;
using System.Globalization;
using Foresee.Evaluation;
using Foresee.Fitting;
using Foresee.Images;
using Foresee.Labels;
using Foresee.Starts;
using Foresee.Studies;
using Foresee.Torch;

namespace Foresee.Cli;

/// <summary>What fit was asked; null where nothing was typed.</summary>
/// <param name="Command">As typed, for the record.</param>
internal sealed record FitRequest(string Images, string Labelled, string Output, string Command)
{
    public double? Minutes { get; init; }
    public string? Starts { get; init; }
    public string? Without { get; init; }
    public string? Recipe { get; init; }

    /// <summary>Empty for the usual ones.</summary>
    public IReadOnlyList<IProtocol> Protocols { get; init; } = [];
    public bool AllowLeak { get; init; }
    public int Seed { get; init; }
    public required int Threads { get; init; }
    public FileInfo? Json { get; init; }

    /// <summary>What was asked beyond data, time and threads, as words of a line that asks the same from any folder.</summary>
    public string[] Words()
    {
        return
        [
            .. Starts is null ? [] : (string[])["--starts", ComparedStarts.Absolute(Starts)],
            .. Without is null ? [] : (string[])["--without", Without],
            .. Recipe is null ? [] : (string[])["--recipe", Recipe],
            .. Protocols.Count == 0 ? [] : (string[])["--protocol", string.Join(',', Protocols.Select(protocol => protocol.Name))],
            .. AllowLeak ? (string[])["--allow-leak"] : [],
            .. Seed == 0 ? [] : (string[])["--seed", Seed.ToString(CultureInfo.InvariantCulture)],
        ];
    }

    private ComparedStarts Compared => ComparedStarts.Read(Starts, Without);

    /// <exception cref="UsageException">A word that is no start, or a protocol that stands on none.</exception>
    public void Check()
    {
        Compared.Check();
        if (Protocols.FirstOrDefault(protocol => !protocol.NeedsEncoder || protocol.Features is null && protocol is not FineTuningProtocol)
            is { } other)
            throw new UsageException($"--protocol names what fit tries on an encoder, and {other.Name} is not among that; choose from "
                + $"{string.Join(", ", Candidates.Protocols.Select(protocol => protocol.Name))}.");
    }

    public int Run(Terminal terminal, Device device)
    {
        Named.Images(Images, Labelled);
        terminal.Now($"listing the images of {Images}");
        var (images, labelled) = (ImageSources.Open(Images), LabelledSources.OpenTraining(Labelled));
        OutputFolder.Prepare(Output);
        RefitWords.Write(Output, Words());
        using var interruption = new Interruption(terminal);
        ImageRemarks.PassedOver(terminal, images, labelled.Images);
        ImageRemarks.Classes(terminal, labelled, null);
        terminal.Now($"looking at images of {Images}, to choose how they are learnt from");
        var recipe = Recipes.Recipe.Find(Recipe ?? Describe.RecipeFor(images));
        var profile = recipe.Profile(images);
        var splits = new LabelledSplits(labelled, null);
        Fetch(terminal, splits, profile.Input.Channels, interruption.Token);
        var options = new FitOptions(Compared.Resolve(recipe.MethodFor(profile), splits, AllowLeak), recipe with { Profile = _ => profile })
        {
            Minutes = Minutes,
            Seed = Seed,
            Threads = Threads,
            Device = device,
            Compute = Precision.For(device).Type,
        };
        foreach (var start in options.Starts.OfType<WeightsStart>())
            foreach (var remark in start.Remarks) terminal.Warn($"{start.Name}: {remark}");
        if (Protocols.Count > 0) options = options with { Protocols = Protocols };
        var context = new FitContext(images, labelled, Output, Command, Commit.Read(), Pretraining.Blas())
        {
            InWords = Fault.InWords,
            Before = (DateTime.Now - Process.GetCurrentProcess().StartTime).TotalSeconds,
        };
        var view = new FitView(terminal, images, new Pretraining(terminal, device, Threads) { IsOneOfMany = true });
        var model = Fit(terminal, options, context, view, interruption.Token);
        using var classifier = model.Classifier;
        return Conclude(terminal, model);
    }

    /// <summary>Frozen weights that others trained are a candidate, too: fetched where they are not on this machine yet.</summary>
    private void Fetch(Terminal terminal, LabelledSplits data, int channels, CancellationToken cancel)
    {
        foreach (var start in PretrainedStart.All)
        {
            if (start.IsThere() || Compared.Without.Contains(start.Name) || channels is not (1 or 3)) continue;
            if (SeenLabels.Of(start.Name, start.TrainedOn, data.Train.Images.Name, data.Train.Classes) is not null && !AllowLeak) continue;
            try
            {
                terminal.Line($"{start.Name}: {start.Network}; trained on {start.TrainedOn}; licence {start.Licence}");
                Directory.CreateDirectory(PretrainedStart.Root);
                start.GetAsync(null, doing =>
                {
                    terminal.Line(doing);
                    terminal.Now(doing);
                }, cancel).GetAwaiter().GetResult();
            }
            catch (Exception error) when (error is StartException or IOException or UnauthorizedAccessException)
            {
                terminal.Warn($"{start.Name} can't be had, so it is not tried: {Fault.InWords(error)}");
            }
        }
    }

    private FitResult Fit(Terminal terminal, FitOptions options, FitContext context, FitView view, CancellationToken cancel)
    {
        try
        {
            return view.Show(() => Fitting.Fit.Run(options, context, new ModelFolder(), view, cancel));
        }
        catch (OperationCanceledException)
        {
            terminal.Line($"what was finished is in {Output}; the same line goes on from there");
            throw;
        }
    }

    private int Conclude(Terminal terminal, FitResult model)
    {
        FitView.Table(terminal, model);
        var accuracy = model.Accuracy is { } share ? $"{share} of {model.Held!.Labels.Length} held-out images" : "no accuracy measured";
        terminal.Line(FormattableString.Invariant($"model: {Output} ({model.Chosen}, {accuracy}), in {ProgressView.Duration(model.Seconds)}"));
        var report = Path.Combine(Output, Reports.HtmlReport.FileName);
        if (File.Exists(report)) terminal.Line($"report: {report}");
        JsonFile.Write(Json, FitFields.Of(Output, model, File.Exists(report) ? report : null));
        return ExitCode.Success;
    }
}
