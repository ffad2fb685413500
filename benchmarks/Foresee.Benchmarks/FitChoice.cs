using System.CommandLine;
using System.Globalization;
using Foresee.Cli;
using Foresee.Fitting;
using Foresee.Images;
using Foresee.Labels;
using Foresee.Recipes;
using Foresee.Torch;

namespace Foresee.Benchmarks;

/// <summary>
/// benchmarks/run fit-choice DATA: what it costs that fit chooses on few labels, and what its probabilities are worth. On each draw of
/// labels it fits without a limit of time, learns every candidate from all labels of the draw, and measures all on the same images; no
/// choice sees these. Encoders, features and folds are kept in the folder, and a draw that is in its table is not measured again.
/// </summary>
internal sealed class FitChoice(FitChoicePlan plan, Terminal terminal, Device device)
{
    public static Command Command(Terminal terminal)
    {
        var data = new Argument<string>("DATA") { Description = Describe.Labelled };
        var labelled = new LabelledOptions("where DATA has none of its own");
        var starts = new Option<string?>("--starts") { Description = "as for fit; runs, since no time is set aside for pretraining" };
        var without = new Option<string?>("--without") { Description = "as for fit" };
        var protocols = EvaluateOptions.Protocol("as for fit (default: linear, self-trained, label-spreading)");
        var images = Dial.Whole("--images", "measured, as many of each class (default: 2000)", least: 10);
        var leak = EvaluateOptions.AllowLeak();
        var output = new Option<string>("--out") { Description = "a folder for work and choices.csv", Required = true };
        var run = new RunOptions();
        var command = new Command("fit-choice", "Measures what choosing costs in fit, and what its probabilities are worth")
        {
            data, labelled.Labels, labelled.Draws, labelled.Test, labelled.Validation, starts, without, protocols, images, leak, output,
        };
        run.AddTo(command);
        command.SetAction(parsed =>
        {
            var asked = ComparedStarts.Read(parsed.GetValue(starts) ?? "", parsed.GetValue(without));
            asked.Check();
            var device = run.Start(parsed);
            var plan = new FitChoicePlan(labelled.Read(parsed, parsed.GetValue(data)!), parsed.GetValue(output)!, run.ThreadsOf(parsed))
            {
                Starts = asked,
                Protocols = parsed.GetValue(protocols) is { Length: > 0 } typed ? typed
                    : [.. Candidates.Protocols.Where(Candidates.IsCheap)],
                Images = parsed.GetValue(images) ?? 2000,
                AllowLeak = parsed.GetValue(leak),
                Command = Describe.Typed(parsed),
            };
            OutputFolder.Prepare(plan.Folder);
            return new FitChoice(plan, terminal, device).Run();
        });
        return command;
    }

    private int Run()
    {
        var read = plan.Data.Open();
        var (train, test) = plan.Data.Validation && read.Validating() is var split ? (split.Train, split.Test!) : (read.Train, read.Test!);
        var some = Balanced(test.Labels, plan.Images);
        var recipe = Recipe.Find(Describe.RecipeFor(train.Images));
        var profile = recipe.Profile(train.Images);
        var starts = plan.Starts.Resolve(recipe.MethodFor(profile), new(train, null), plan.AllowLeak);
        var options = new FitOptions(starts, recipe with { Profile = _ => profile })
        {
            Threads = plan.Threads,
            Device = device,
            Compute = Precision.For(device).Type,
            Protocols = plan.Protocols,
        };
        var table = new ChoiceTable(Path.Combine(plan.Folder, "choices.csv"));
        using var measured = new MeasuredModels(test.Only(some, test.Images.Name), plan.Folder, plan.Threads);
        void Measure(LabelAmount labels, int draw)
        {
            var drawn = train.Only(LabelDraw.Take(train.Labels, labels, draw, train.Classes), train.Images.Name);
            var context = new FitContext(train.Images, drawn, plan.Folder, plan.Command, Commit.Read(), Pretraining.Blas())
            {
                InWords = Fault.InWords,
            };
            var writer = new Writer(measured);
            Fit.Run(options with { Seed = draw }, context, writer, new View(terminal), CancellationToken.None).Classifier.Dispose();
            table.Add(labels, draw, writer.Rows);
        }
        var all = from labels in plan.Data.Labels from draw in Enumerable.Range(0, plan.Data.Draws) select (labels, draw);
        foreach (var (labels, draw) in all.Where(one => !table.Has(one.labels, one.draw))) Measure(labels, draw);
        foreach (var line in table.InWords()) terminal.Line(line);
        return ExitCode.Success;
    }

    /// <summary>As many of each class as of the smallest, evenly taken: draws of labels have as many of each, too.</summary>
    private static int[] Balanced(int[] labels, int count)
    {
        var classes = labels.Index().GroupBy(pair => pair.Item, pair => pair.Index).Select(members => members.ToArray()).ToList();
        var each = Math.Min(count / classes.Count, classes.Min(members => members.Length));
        IEnumerable<int> Some(int[] members) => EvenSample.Of(members.Length, each).Select(place => members[place]);
        return [.. classes.SelectMany(Some).Order()];
    }

    private sealed class Writer(MeasuredModels measured) : IModelWriter
    {
        public List<ChoiceRow> Rows { get; } = [];
        public bool TakesOthers => true;
        public void Write(FitResult model, FitContext context) => Rows.Add(measured.Of(model, chosen: true));
        public void WriteOther(FitResult model, FitContext context) => Rows.Add(measured.Of(model, chosen: false));
    }

    private sealed class View(Terminal terminal) : IFitView
    {
        public void Tell(string sentence) => terminal.Line(sentence);
        public void Warn(string sentence) => terminal.Warn(sentence);
        public void Progress(FitProgressReport report) =>
            terminal.Now(string.Create(CultureInfo.InvariantCulture, $"{report.Work} {report.Done:0}/{report.Of:0}"));
    }
}

internal sealed record FitChoicePlan(LabelledRequest Data, string Folder, int Threads)
{
    public required ComparedStarts Starts { get; init; }
    public required IReadOnlyList<Evaluation.IProtocol> Protocols { get; init; }
    public int Images { get; init; }
    public bool AllowLeak { get; init; }
    public required string Command { get; init; }
}
