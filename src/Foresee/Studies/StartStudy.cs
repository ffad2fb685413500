using System.Text;
using System.Text.Json;
using Foresee.Reports;
using Foresee.Torch.Distributed;

namespace Foresee.Studies;

/// <summary>
/// Which start is best for some images? Pretrains and measures one after the other, all under one split, one budget and the same draws of
/// labels. What an earlier call finished in the folder is kept; a start that fails is told with its reason, and the others go on.
/// </summary>
public sealed class StartStudy
{
    /// <summary>What is compared on what, as <see cref="RunDescription"/>.</summary>
    public const string FileName = "compare.json";

    private readonly StartStudyPlan plan;
    private readonly StudyContext context;
    private readonly IStudyView view;
    private readonly CancellationToken cancel;
    private readonly StartEvaluation evaluation;
    private readonly Dictionary<string, string> failed = []; // on other ranks, why
    private readonly List<StartMeasurement> measured = [];

    private StartStudy(StartStudyPlan plan, StudyContext context, IStudyView view, CancellationToken cancel)
    {
        (this.plan, this.context, this.view, this.cancel) = (plan.Validate(), context, view, cancel);
        evaluation = new(plan, context, view);
    }

    /// <returns>The starts in the order of the plan: each measured, or with the reason why not. Of several processes the first has
    /// them.</returns>
    /// <exception cref="OperationCanceledException">Stopped; the same call goes on.</exception>
    /// <exception cref="InvalidDataException">The folder holds another comparison.</exception>
    public static IReadOnlyList<StartMeasurement> Run(StartStudyPlan plan, StudyContext context, IStudyView view,
        CancellationToken cancel) => new StartStudy(plan, context, view, cancel).Run();

    private IReadOnlyList<StartMeasurement> Run()
    {
        if (plan.Group is { Rank: > 0 } group)
        {
            Share(group);
            return [];
        }
        var study = StudyDescription.Begin(plan, context, cancel);
        if (plan.Group is not null) Share(plan.Group); // what all have done is then found done
        foreach (var (i, start) in plan.Starts.Index())
        {
            cancel.ThrowIfCancellationRequested();
            view.Begins(new(start.Name, i + 1, plan.Starts.Count, Left(i)));
            measured.Add(Measure(start, cancel));
            view.Ends(measured[^1]);
            StartsFile.Write(context.In(StartsFile.FileName), measured, study);
        }
        return measured;
    }

    /// <summary>Whoever has nothing to do takes the next start; the folder is that of all.</summary>
    private void Share(ProcessGroup group)
    {
        group.ExpectSame("the starts or the images", JsonSerializer.SerializeToUtf8Bytes(
            plan.Starts.Select(start => start.Name).Append(context.Images.Hash(cancel))));
        var description = context.In(FileName); // rank 0 has written it
        group.ExpectSame($"the files in {context.Folder}", File.Exists(description) ? File.ReadAllBytes(description) : []);
        SharedJobs.RunOneByOne(group, plan.Starts.Count, (i, stop) =>
        {
            view.Begins(new(plan.Starts[i].Name, i + 1, plan.Starts.Count, null));
            return Encoding.UTF8.GetBytes(Measure(plan.Starts[i], stop).Reason ?? "");
        }, (i, reason) =>
        {
            if (reason.Length > 0) failed[plan.Starts[i].Name] = Encoding.UTF8.GetString(reason);
        }, cancel);
    }

    /// <summary>A disk that is full ends the comparison; any other fault ends the start alone.</summary>
    private StartMeasurement Measure(ComparedStart start, CancellationToken cancel)
    {
        if (failed.TryGetValue(start.Name, out var told))
            return new(start.Name) { Reason = told, Command = context.Command, Commit = context.Commit };
        if (start is MissingStart { Reason: var reason }) return new(start.Name) { Reason = reason };
        try
        {
            var (folder, record) = (context.In(start.Name), StartRecord.Read(context.In(start.Name)) ?? New());
            Directory.CreateDirectory(folder);
            PeakMemory.Restart();
            if (start is MethodStart method) record = new StartPretraining(plan, context, view, cancel).Run(method, folder, record);
            return evaluation.Run(start, folder, record, cancel);
        }
        catch (Exception error) when (error is not (OperationCanceledException or IOException or UnauthorizedAccessException))
        {
            cancel.ThrowIfCancellationRequested();
            return new(start.Name) { Reason = context.InWords(error), Command = context.Command, Commit = context.Commit };
        }
    }

    private StartRecord New() => new(context.Command, context.Commit, Machine.Read().ToString());

    /// <summary>
    /// Starts with steps take the budget, or as long as those before; a closed form as long as others; the evaluation as long as others.
    /// </summary>
    private TimeSpan? Left(int from)
    {
        var done = plan.Starts.Zip(measured).Where(pair => pair.Second.Reason is null).ToList();
        double? Mean(Func<ComparedStart, bool> kind, Func<StartMeasurement, double> seconds) =>
            done.Where(pair => kind(pair.First)).Select(pair => (double?)seconds(pair.Second)).DefaultIfEmpty().Average();
        bool Learns(ComparedStart start) => start is MethodStart method && !StartPretraining.IsClosedForm(method.Method);
        bool Solves(ComparedStart start) => start is MethodStart && !Learns(start);
        var learning = 60 * plan.Budget.Minutes ?? Mean(Learns, start => start.PretrainSeconds);
        var (solving, evaluating) = (Mean(Solves, start => start.PretrainSeconds), Mean(_ => true, start => start.EvaluationSeconds));
        var open = plan.Starts.Skip(from).Where(start => start is not MissingStart).ToList();
        if (learning is null && open.Any(Learns) || evaluating is null && learning is null) return null;
        return TimeSpan.FromSeconds(open.Sum(start =>
            (evaluating ?? 0) + (Learns(start) ? learning!.Value : Solves(start) ? solving ?? 0 : 0)));
    }
}
