using Foresee.Encoders;
using Foresee.Evaluation;
using Foresee.Images;
using Foresee.Labels;
using Foresee.Torch;

namespace Foresee.Studies.Affinity;

/// <summary>What an encoder's features give for a task.</summary>
/// <param name="Losses">-ln p(true) of each measured image.</param>
/// <param name="Accuracy">Per cent.</param>
public sealed record TaskLoss(DownstreamTask Task, double[] Losses, double Accuracy);

/// <summary>
/// Linear probes on few labels for five tasks about the same images, so that encoders that learnt other things can be compared task by
/// task.
/// </summary>
/// <param name="data">With test images, or validation images in their place.</param>
/// <param name="labels">Images that are learnt from, as many of each class.</param>
public sealed class AffinityStudy(LabelledSplits data, LabelAmount labels, int seed, int threads)
{
    private const int MostMeasured = 2000; // evenly taken
    private const double Least = 1e-12;    // of a probability

    /// <summary>Square images of a side that is divisible, so that a turn and a quarter fit.</summary>
    private readonly int[] places = LabelDraw.Take(data.Train.Labels, labels, seed, data.Train.Classes),
        asked = EvenSample.Of(data.Test!.Images.Count, MostMeasured);

    /// <param name="progress">Images done.</param>
    public IReadOnlyList<TaskLoss> Measure(TrainedEncoder encoder, Action<EvaluationProgress>? progress = null,
        CancellationToken cancel = default)
    {
        using var scope = TensorScope.Begin();
        if (encoder.Input.ReadHeight != encoder.Input.ReadWidth)
            throw new ArgumentException($"Images are turned for one of the tasks, so they must be square; the encoder reads {encoder.Input.ReadWidth} "
                + $"x {encoder.Input.ReadHeight} px. Use --size.");
        var (train, test) = (Pixels(data.Train, places), Pixels(data.Test!, asked));
        var upright = Features(encoder, train, test, "upright", progress, cancel);
        var turned = Features(encoder, DownstreamLabels.Turned(train), DownstreamLabels.Turned(test), "turned", progress, cancel);
        var tasks = new List<TaskLoss>();
        foreach (var task in Enum.GetValues<DownstreamTask>())
        {
            progress?.Invoke(new($"probing for {task}", tasks.Count, 5));
            var (known, truth, classes) = task switch
            {
                DownstreamTask.Class => (Of(data.Train, places), Of(data.Test!, asked), data.Train.Classes.Length),
                DownstreamTask.Rotation => (Quarters(places), Quarters(asked), DownstreamLabels.Parts),
                _ => (DownstreamLabels.Of(task, train), DownstreamLabels.Of(task, test, train), DownstreamLabels.Parts),
            };
            var rows = task == DownstreamTask.Rotation ? turned : upright;
            using var probe = LinearProbe.Fit(rows.Train, known, classes, new(), cancel);
            using var inner = TensorScope.Begin();
            var said = probe.Probabilities(rows.Test).ToArray<float>();
            tasks.Add(new(task, [.. truth.Select((label, i) => -Math.Log(Math.Max(Least, said[i * classes + label])))],
                Accuracy.Top1(probe.Predict(rows.Test), truth)));
        }
        return tasks;

        Tensor Pixels(LabelledImages images, int[] chosen) => ImageTensors.Read(images.Images, chosen, encoder.Input);
    }

    private static int[] Of(LabelledImages images, int[] chosen) => Array.ConvertAll(chosen, place => images.Labels[place]);

    private static int[] Quarters(int[] chosen) => [.. chosen.Select((_, i) => i % DownstreamLabels.Parts)];

    private (Tensor Train, Tensor Test) Features(TrainedEncoder encoder, Tensor train, Tensor test, string what,
        Action<EvaluationProgress>? progress, CancellationToken cancel)
    {
        using var operators = Engine.UseOperatorThreads(threads);
        Tensor Rows(Tensor pixels, string part)
        {
            var rows = new List<Tensor>();
            for (long from = 0, count = pixels.Size(0); from < count; from += FeatureTable.BatchSize)
            {
                cancel.ThrowIfCancellationRequested();
                progress?.Invoke(new($"features of {what} {part} images", (int)from, (int)count));
                using var inner = TensorScope.Begin();
                var some = pixels.Narrow(0, from, Math.Min(FeatureTable.BatchSize, count - from));
                rows.Add(inner.Keep(FeatureTable.Pool(encoder.Features(some).To(Device.Cpu), GridPooling.One)));
            }
            return Tensor.Cat([.. rows]);
        }
        var (known, others) = (Rows(train, "training"), Rows(test, "other"));
        using var scaling = FeatureScaling.Fit(known, new(Scaling.Standardise));
        return (scaling.Apply(known), scaling.Apply(others));
    }

    /// <summary>Affinities [target][source] of encoders, from their losses.</summary>
    /// <param name="encoders">Of each source, its tasks.</param>
    public static IReadOnlyList<double[]> Matrix(IReadOnlyList<IReadOnlyList<TaskLoss>> encoders) =>
        [.. encoders[0].Select((_, task) => OrdinalAffinity.Of([.. encoders.Select(encoder => encoder[task].Losses)]))];
}
