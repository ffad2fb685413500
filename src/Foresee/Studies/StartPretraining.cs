using Foresee.Encoders;
using Foresee.Evaluation;
using Foresee.Images;
using Foresee.Methods;
using Foresee.Recipes;
using Foresee.Reports;
using Foresee.Runs;

namespace Foresee.Studies;

/// <summary>The pretraining of a start: begun, gone on with, or found done.</summary>
internal sealed class StartPretraining(StartStudyPlan plan, StudyContext context, IStudyView view, CancellationToken cancel)
{
    /// <returns>With what it has cost.</returns>
    /// <exception cref="OperationCanceledException">Stopped; the run of the folder waits.</exception>
    public StartRecord Run(MethodStart start, string folder, StartRecord record)
    {
        if (record.Images is not null && File.Exists(Path.Combine(folder, EncoderFile.FileName))) return record;
        var description = Path.Combine(folder, RunDescription.FileName);
        var asked = File.Exists(description) ? null : Options(start);
        var run = new RunContext(context.Images, folder, plan.Device, plan.Threads, context.Command, context.Commit, context.Blas)
        {
            Probe = Probe(),
        };
        var result = view.Pretraining(asked, folder, (step, doing) => asked is null
            ? PretrainRun.Resume(run with { Doing = doing }, step, cancel)
            : PretrainRun.Start(asked, run with { Doing = doing }, step, cancel));
        if (!result.Finished) throw new OperationCanceledException(cancel);
        var options = OlderRuns.Options(RunDescription.Read(description));
        record = record with
        {
            Images = options.Method.IsClosedForm ? Looked(folder) : result.Step * options.Training.BatchSize,
            PretrainSeconds = result.Seconds,
            PeakMib = Math.Max(record.PeakMib, PeakMemory.Mebibytes()),
        };
        record.Write(folder);
        return record;
    }

    private PretrainOptions Options(MethodStart start) => (start.From is { } from
        ? plan.Recipe.Continue(context.Images, start.Method, from)
        : plan.Recipe.Build(context.Images, start.Method)).Under(plan.Budget, plan.Seed, plan.Compute);

    /// <summary>Of labelled training images; null where there are too few for it. The loss never sees them.</summary>
    private OnlineProbe? Probe()
    {
        var probe = new OnlineProbe(context.Images, context.Data.Train);
        try
        {
            probe.Check();
            return probe;
        }
        catch (ImageDataException)
        {
            return null;
        }
    }

    /// <summary>Images that a closed form has measured.</summary>
    private long Looked(string folder)
    {
        using var encoder = TrainedEncoder.Load(folder, plan.Device);
        return Math.Min(context.Images.Count, encoder.Network.CalibrationImages);
    }

    public static bool IsClosedForm(string method) =>
        MethodOptions.For(method, new(FolderProfile.Name, 1, new(32, 32, 3))).IsClosedForm;
}
