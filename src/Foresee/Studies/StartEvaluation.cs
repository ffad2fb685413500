using System.Diagnostics;
using Foresee.Encoders;
using Foresee.Evaluation;
using Foresee.Evaluation.Protocols;
using Foresee.Labels;
using Foresee.Recipes;
using Foresee.Reports;

namespace Foresee.Studies;

/// <summary>
/// Measures a start: every protocol on every draw. The protocol that it is compared by is chosen for each amount of labels on images held
/// out of those that labels are drawn from, by one draw; the images that are measured have no say in it.
/// </summary>
internal sealed class StartEvaluation(StartStudyPlan plan, StudyContext context, IStudyView view)
{
    /// <summary>Rows of the choice, beside those of <see cref="ResultsFile.FileName"/>.</summary>
    private const string ChoiceFile = "choice.csv";

    private readonly Lazy<LabelledSplits?> choice = new(() => Choice(context.Data));

    public StartMeasurement Run(ComparedStart start, string folder, StartRecord record, CancellationToken cancel)
    {
        var clock = Stopwatch.StartNew();
        anew = false;
        var path = (start as WeightsStart)?.Path ?? (start is MethodStart ? folder : null);
        using var encoder = path is null ? null : TrainedEncoder.Load(path, plan.Device);
        List<string> remarks = [.. (start as WeightsStart)?.Remarks ?? []];
        IReadOnlyList<IProtocol> protocols;
        if (encoder is null) protocols = [new Supervised { Tuned = plan.Tuned }];
        else (protocols, record) = Affordable(encoder, record, remarks);
        var evaluation = new EvaluationPlan(start.Name, protocols, plan.Amounts, encoder?.Input ?? plan.Input, plan.Threads, plan.Draws)
        {
            NewEncoder = path is null ? null : () => TrainedEncoder.Load(path, plan.Device),
            Pretraining = Augmentation(start, folder),
            Compute = plan.Compute,
        };
        var before = record;
        var chosen = Choose(evaluation, folder, remarks, cancel);
        var rows = Measure(context.Data, evaluation, Path.Combine(folder, ResultsFile.FileName), tell: true, cancel);
        record = record with
        {
            EvaluationSeconds = anew ? before.EvaluationSeconds + clock.Elapsed.TotalSeconds : before.EvaluationSeconds,
            PeakMib = Math.Max(before.PeakMib, PeakMemory.Mebibytes()),
        };
        if (anew) record = record with { Command = context.Command, Commit = context.Commit, Machine = Machine.Read().ToString() };
        record.Write(folder);
        return new(start.Name)
        {
            Encoder = encoder is null ? "" : InWords(encoder),
            Images = record.Images ?? 0,
            PretrainSeconds = record.PretrainSeconds,
            EvaluationSeconds = record.EvaluationSeconds,
            PeakMib = record.PeakMib,
            Results = rows,
            Chosen = chosen,
            Remarks = remarks,
            Log = Log(start, folder),
            Command = record.Command,
            Commit = record.Commit,
            Machine = record.Machine,
        };
    }

    /// <summary>With the length of its vectors, which most descriptions end with.</summary>
    private static string InWords(TrainedEncoder encoder)
    {
        var (words, width) = (encoder.Network.Options.Describe(encoder.Input), $"{encoder.Width}-d");
        return words.EndsWith(width, StringComparison.Ordinal) ? words : $"{words}, {width}";
    }

    /// <summary>Whether the start at work had anything to measure.</summary>
    private bool anew;

    /// <summary>The protocols of the plan that suit the encoder, pooled as suits it.</summary>
    private (IReadOnlyList<IProtocol> Protocols, StartRecord Record) Affordable(TrainedEncoder encoder, StartRecord record,
        List<string> remarks)
    {
        var protocols = plan.Protocols;
        if (!encoder.Parameters().Any()) protocols = [.. protocols.Where(protocol => !protocol.NeedsWeights)];
        foreach (var tuning in protocols.OfType<FineTuningProtocol>().ToArray())
        {
            record = record with { ForwardSeconds = record.ForwardSeconds ?? FineTuningCost.Forward(encoder, context.Data.Train) };
            var seconds = record.ForwardSeconds * FineTuningCost.Forwards(tuning, context.Data.Train, plan.Amounts) * (plan.Draws + 1);
            if (seconds <= plan.FineTuneSeconds) continue;
            protocols = [.. protocols.Where(protocol => !ReferenceEquals(protocol, tuning))];
            remarks.Add(FormattableString.Invariant(
                $"{tuning.Name} left out: about {seconds / 60:0.#} min estimated, {plan.FineTuneSeconds / 60:0.##} allowed"));
        }
        if (protocols.Count == 0)
            throw new ArgumentException("None of the protocols suits it: fine-tuning needs weights that learn by gradient, and time.");
        var pooling = protocols.Any(protocol => protocol is IPooled) ? (GridPooling?)encoder.Network.Options.PooledCells : null;
        return (new ProtocolDials { Pooling = pooling }.Apply(protocols), record);
    }

    /// <summary>By amount of labels the most accurate protocol on images that are not measured.</summary>
    private Dictionary<string, string> Choose(EvaluationPlan evaluation, string folder, List<string> remarks,
        CancellationToken cancel)
    {
        var first = plan.Amounts.ToDictionary(amount => amount.ToString(), _ => evaluation.Protocols[0].Name);
        if (evaluation.Protocols.Count == 1) return first;
        LabelAmount[] possible = [.. plan.Amounts.Where(amount => choice.Value is { } splits && IsEnough(splits.Train, amount))];
        if (possible.Length < plan.Amounts.Count)
            remarks.Add($"too few labels are left to choose a protocol by, so {evaluation.Protocols[0].Name} is taken");
        if (possible.Length == 0) return first;
        view.Tell($"choosing the protocol of {evaluation.Encoder} on held-out training images");
        var rows = Measure(choice.Value!, evaluation with { Amounts = possible, Draws = 1 }, Path.Combine(folder, ChoiceFile), tell: false,
            cancel);
        foreach (var amount in rows.GroupBy(row => row.Labels)) first[amount.Key] = amount.MaxBy(row => row.Value)!.Protocol;
        return first;
    }

    private IReadOnlyList<EvaluationResult> Measure(LabelledSplits data, EvaluationPlan evaluation, string file, bool tell,
        CancellationToken cancel) =>
        view.Evaluating(progress => Evaluator.Run(data, evaluation, row =>
        {
            ResultsFile.Merge(file, [row]);
            anew = true;
            if (tell) view.Measured(row);
        }, progress, cancel, File.Exists(file) ? ResultsFile.Read(file) : []));

    /// <summary>Null where the classes have too few images to hold some out.</summary>
    private static LabelledSplits? Choice(LabelledSplits data)
    {
        if (data.Train.Counts().Any(count => count == 1)) return null;
        return new LabelledSplits(data.Train, null).Validating();
    }

    private static bool IsEnough(LabelledImages train, LabelAmount amount) =>
        amount.Unit == LabelUnit.Percent || train.Counts().Where(count => count > 0).Min() >= amount.Value;

    private static Augmentation.PatchAugmentation? Augmentation(ComparedStart start, string folder) => start switch
    {
        WeightsStart weights => weights.Augmentation,
        MethodStart => OlderRuns.Options(RunDescription.Read(Path.Combine(folder, RunDescription.FileName))).Method.PatchAugmentation,
        _ => null,
    };

    private static IReadOnlyList<MetricsEntry> Log(ComparedStart start, string folder)
    {
        var path = Path.Combine(folder, MetricsLog.FileName);
        return start is MethodStart && File.Exists(path) ? MetricsLog.Read(path) : [];
    }
}
