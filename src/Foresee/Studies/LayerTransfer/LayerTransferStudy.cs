using System.Diagnostics;
using Foresee.Encoders;
using Foresee.Evaluation;
using Foresee.Images;
using Foresee.Labels;
using Foresee.Torch;
using Foresee.Torch.Losses;
using Foresee.Torch.Optimisers;

namespace Foresee.Studies.LayerTransfer;

/// <summary>
/// How general is each layer? Networks on one half of the classes, A, give their first n layers to networks that learn the other half, B;
/// so do networks on B itself, which tells what is lost where layers that grew together are parted.
/// </summary>
/// <remarks>Yosinski et al. 2014 (How transferable are features in deep neural networks?), sections 2 and 4, small.</remarks>
public sealed class LayerTransferStudy : IDisposable
{
    private const int Layered = 7; // of SeededOrder's streams: new layers are drawn apart from those of base networks
    private readonly LabelledSplits data;
    private readonly LayerTransferPlan plan;
    private readonly CancellationToken cancel;
    private readonly Action<EvaluationProgress>? progress;
    private readonly Tensor train, test; // f32 [N, C, height, width], normalised
    private readonly Fingerprint fingerprint;

    /// <param name="data">With test images, or validation images in their place, all of which can be read.</param>
    /// <param name="input">With mean and std.</param>
    public LayerTransferStudy(LabelledSplits data, InputFormat input, LayerTransferPlan plan, Action<EvaluationProgress>? progress = null,
        CancellationToken cancel = default)
    {
        plan.Validate();
        (this.data, this.plan, this.progress, this.cancel) = (data, plan, progress, cancel);
        var measured = data.Test ?? throw new ImageDataException($"{data.Train.Images.Name} has no test part; name one.");
        fingerprint = new(input, "layers", data.Train, measured);
        progress?.Invoke(new($"reading {data.Train.Images.Name}", 0, 1));
        using var scope = TensorScope.Begin();
        Tensor PerChannel(IReadOnlyList<double> values) => Tensor.From<double>([.. values], 1, values.Count, 1, 1).To(DType.Float32);
        Tensor Read(LabelledImages images) => TensorScope.Detach((ImageTensors.ReadAll(images.Images, input).To(DType.Float32) / 255
            - PerChannel(input.Mean)) / PerChannel(input.Std));
        (train, test) = (Read(data.Train), Read(measured));
    }

    /// <summary>All that is measured of one draw, from the pixels to the head.</summary>
    public static IEnumerable<(LayerTreatment Treatment, int Layers)> Measurements() =>
        Enum.GetValues<LayerTreatment>().SelectMany(treatment => treatment == LayerTreatment.BaseB ? [(treatment, 0)]
            : Enumerable.Range(1, LayeredNetwork.Depth).Select(n => (treatment, n)));

    /// <summary>Each measurement as soon as it is known, those of an earlier start among them.</summary>
    public IEnumerable<EvaluationResult> Run(IReadOnlyList<EvaluationResult> known)
    {
        for (var draw = plan.Seed; draw < plan.Seed + plan.Draws; draw++)
        {
            var first = plan.InFirst(data.Train.Classes, draw);
            var rows = Measurements().Select(one => (one, Row: Row(one.Treatment, one.Layers, draw))).ToArray();
            var found = rows.Select(item => known.FirstOrDefault(old => old with { Value = 0, Seconds = 0 } == item.Row)).ToArray();
            if (found.All(row => row is not null))
            {
                foreach (var row in found) yield return row!;
                continue;
            }
            var (a, b) = (Half.Of(data.Train, first, true), Half.Of(data.Train, first, false));
            var asked = Half.Of(data.Test!, first, false);
            using var baseA = Learnt("base A", a, draw, null, 0, false);
            using var baseB = Learnt("base B", b, draw, null, 0, false);
            foreach (var (((treatment, layers), row), old) in rows.Zip(found))
            {
                if (old is not null)
                {
                    yield return old;
                    continue;
                }
                var clock = Stopwatch.StartNew();
                var from = treatment is LayerTreatment.AnB or LayerTreatment.AnBPlus or LayerTreatment.ProbeA ? baseA : baseB;
                var value = treatment switch
                {
                    LayerTreatment.BaseB => Right(baseB, asked),
                    LayerTreatment.ProbeA or LayerTreatment.ProbeB => Probe(from, layers, b, asked),
                    _ => Retrained(row.Protocol, from, layers, treatment is LayerTreatment.AnBPlus or LayerTreatment.BnBPlus, b, asked,
                        draw),
                };
                yield return row with { Value = value, Seconds = clock.Elapsed.TotalSeconds };
            }
        }
    }

    private double Retrained(string work, LayeredNetwork from, int layers, bool learning, Half b, Half asked, int draw)
    {
        using var network = Learnt(work, b, draw, from, layers, learning);
        return Right(network, asked);
    }

    private LayeredNetwork Learnt(string work, Half half, int draw, LayeredNetwork? from, int layers, bool learning)
    {
        var seed = from is null ? (ulong)draw : new SeededOrder((ulong)draw, Layered).Next();
        using var generator = new Generator(seed);
        var network = new LayeredNetwork((int)train.Size(1), half.Classes, generator);
        try
        {
            if (from is not null) network.Take(from, layers, learning);
            network.Learn();
            var schedule = new OneCycle(plan.LearningRate, plan.Steps);
            using var group = new RateGroup(new AdamW(network.Parameters(), plan.LearningRate), schedule.At);
            ShortTraining.Run(ShuffledBatches.Endless(half.Places.Length, plan.BatchSize, generator), plan.Steps, [group], batch =>
            {
                var images = train.IndexSelect(0, Tensor.From(Array.ConvertAll(batch, i => half.Places[i])));
                return Loss.CrossEntropy(network.Forward(images), Tensor.From(Array.ConvertAll(batch, i => half.Labels[i])));
            }, step => progress?.Invoke(new($"{work}, seed {draw}", step.Step, step.Steps)), cancel);
            network.Train(false);
            return network;
        }
        catch
        {
            network.Dispose();
            throw;
        }
    }

    private double Right(LayeredNetwork network, Half asked)
    {
        using var scope = TensorScope.Begin();
        int[] told = [.. InParts(test, asked, network.Forward).SelectMany(logits => logits.ArgMax(1).ToArray<int>())];
        return Accuracy.Top1(told, Array.ConvertAll(asked.Labels, label => (int)label));
    }

    private double Probe(LayeredNetwork network, int layers, Half b, Half asked)
    {
        using var scope = TensorScope.Begin();
        Tensor Rows(Tensor images, Half half) => Tensor.Cat([.. InParts(images, half, x => network.Maps(x, layers).Mean([2, 3]))]);
        var rows = Rows(train, b);
        using var scaling = FeatureScaling.Fit(rows, new(Scaling.Standardise));
        using var probe = LinearProbe.Fit(scaling.Apply(rows), Array.ConvertAll(b.Labels, label => (int)label), b.Classes, new(), cancel);
        return Accuracy.Top1(probe.Predict(scaling.Apply(Rows(test, asked))), Array.ConvertAll(asked.Labels, label => (int)label));
    }

    private static List<Tensor> InParts(Tensor images, Half half, Func<Tensor, Tensor> what)
    {
        using var noGrad = Autograd.NoGrad();
        var parts = new List<Tensor>();
        foreach (var part in half.Places.Chunk(FeatureTable.BatchSize))
        {
            using var inner = TensorScope.Begin();
            parts.Add(inner.Keep(what(images.IndexSelect(0, Tensor.From(part)))));
        }
        return parts;
    }

    private EvaluationResult Row(LayerTreatment treatment, int layers, int draw) => new(data.Train.Images.Name, plan.SplitName,
        $"{LayerTransferPlan.NameOf(treatment)}{(layers == 0 ? "" : $", {layers}")}", $"{LabelAmount.All}", draw, 0, 0)
    { Settings = fingerprint.OfStudy(plan with { Draws = 1, Seed = 0 }) };

    /// <summary>The images of some of the classes.</summary>
    /// <param name="Places">Among all.</param>
    /// <param name="Labels">From 0, of these classes alone.</param>
    private sealed record Half(long[] Places, long[] Labels, int Classes)
    {
        public static Half Of(LabelledImages images, bool[] first, bool wanted)
        {
            var number = new long[first.Length];
            for (var (c, next) = (0, 0); c < first.Length; c++) number[c] = first[c] == wanted ? next++ : -1;
            int[] places = [.. Enumerable.Range(0, images.Labels.Length).Where(i => number[images.Labels[i]] >= 0)];
            return new(Array.ConvertAll(places, i => (long)i), Array.ConvertAll(places, i => number[images.Labels[i]]),
                number.Count(n => n >= 0));
        }
    }

    public void Dispose()
    {
        train.Dispose();
        test.Dispose();
    }
}
