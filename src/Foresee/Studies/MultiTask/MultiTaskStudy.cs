using System.Diagnostics;
using Foresee.Encoders;
using Foresee.Evaluation;
using Foresee.Images;
using Foresee.Labels;
using Foresee.Studies.Affinity;
using Foresee.Torch;

namespace Foresee.Studies.MultiTask;

/// <summary>
/// Does one encoder with several heads learn each task as well as an encoder of its own? Five tasks about the same images, each turned by
/// some quarters, so that the turn can be asked for: its class and the four of <see cref="DownstreamTask"/> that are in the pixels.
/// </summary>
/// <param name="data">With test images, or validation images in their place, all of which can be read.</param>
/// <param name="input">Square, with mean and std.</param>
public sealed class MultiTaskStudy(LabelledSplits data, InputFormat input, MultiTaskPlan plan)
{
    private const string Weight = "weight"; // the metric of what a task's loss counts at the end

    /// <summary>The name of a weighting in results.</summary>
    public static string NameOf(TaskWeighting weighting) => weighting.ToString().ToLowerInvariant();

    /// <summary>The name of a task in results.</summary>
    public static string NameOf(DownstreamTask task) => task == DownstreamTask.LightestQuarter ? "lightest-quarter" : task.ToString().ToLowerInvariant();

    /// <summary>A row of each task and weighting, and of its weight where it is learnt; those of an earlier start among them.</summary>
    public IEnumerable<EvaluationResult> Run(IReadOnlyList<EvaluationResult> known, Action<EvaluationProgress>? progress = null,
        CancellationToken cancel = default)
    {
        plan.Validate();
        var settings = new Fingerprint(input, "tasks", data.Train, data.Test!).OfStudy(plan with { Draws = 1, Seed = 0 });
        using var train = Asked(data.Train, EvenSample.Of(data.Train.Images.Count, plan.Images));
        using var test = Asked(data.Test!, [.. Enumerable.Range(0, data.Test!.Images.Count)]);
        var tasks = Enum.GetValues<DownstreamTask>();
        var truth = (Train: Labels(train, train.Images), Test: Labels(test, train.Images));
        for (var draw = plan.Seed; draw < plan.Seed + plan.Draws; draw++)
            foreach (var weighting in Enum.GetValues<TaskWeighting>())
                foreach (var part in weighting == TaskWeighting.Single ? tasks.Select(task => new[] { task }) : [tasks])
                {
                    var rows = part.Select(task => new EvaluationResult(data.Train.Images.Name, NameOf(weighting), NameOf(task), $"{LabelAmount.All}",
                        draw, 0, 0)
                    { Settings = settings }).ToArray();
                    var old = known.Where(row =>
                        rows.Contains(row with { Value = 0, Seconds = 0, Metric = EvaluationResult.Top1 })).ToArray();
                    var all = weighting == TaskWeighting.Uncertainty ? 2 * rows.Length : rows.Length; // with the weights
                    foreach (var row in old.Length >= all ? old : Learn(part, weighting, draw, rows)) yield return row;
                }

        EvaluationResult[] Learn(DownstreamTask[] part, TaskWeighting weighting, int draw, EvaluationResult[] rows)
        {
            using var scope = TensorScope.Begin();
            var clock = Stopwatch.StartNew();
            var work = $"{NameOf(weighting)}{(part.Length == 1 ? $", {NameOf(part[0])}" : "")}, seed {draw}";
            using var generator = new Generator((ulong)draw);
            using var network = new MultiTaskNetwork(input, [.. part.Select(Classes)], weighting == TaskWeighting.Uncertainty, generator);
            Tensor[] labels = [.. part.Select(task => Tensor.From(Array.ConvertAll(truth.Train[(int)task], label => (long)label)))];
            network.Fit(train.Images, labels, plan, generator, step => progress?.Invoke(new(work, step.Step, step.Steps)), cancel);
            var right = network.Right(test.Images, [.. part.Select(task => truth.Test[(int)task])]);
            var weights = network.Weights;
            return [.. rows.Select((row, i) => row with { Value = right[i], Seconds = clock.Elapsed.TotalSeconds }),
                .. weighting == TaskWeighting.Uncertainty ? rows.Select((row, i) => row with { Metric = Weight, Value = weights[i] }) : []];
        }
    }

    private int Classes(DownstreamTask task) => task == DownstreamTask.Class ? data.Train.Classes.Length : DownstreamLabels.Parts;

    private AskedImages Asked(LabelledImages images, int[] places)
    {
        using var scope = TensorScope.Begin();
        return new(TensorScope.Detach(DownstreamLabels.Turned(ImageTensors.Read(images.Images, places, input))),
            Array.ConvertAll(places, place => images.Labels[place]));
    }

    /// <summary>By task.</summary>
    private static int[][] Labels(AskedImages asked, Tensor train) => [.. Enum.GetValues<DownstreamTask>().Select(task => task switch
    {
        DownstreamTask.Class => asked.Classes,
        DownstreamTask.Rotation => [.. Enumerable.Range(0, asked.Classes.Length).Select(i => i % DownstreamLabels.Parts)],
        _ => DownstreamLabels.Of(task, asked.Images, train),
    })];

    /// <param name="Images">uint8 [N, C, height, width], turned.</param>
    private sealed record AskedImages(Tensor Images, int[] Classes) : IDisposable
    {
        public void Dispose() => Images.Dispose();
    }
}
