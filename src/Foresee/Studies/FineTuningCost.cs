using System.Diagnostics;
using Foresee.Encoders;
using Foresee.Evaluation;
using Foresee.Evaluation.Protocols;
using Foresee.Labels;
using Foresee.Torch;

namespace Foresee.Studies;

/// <summary>What fine-tuning an encoder would take, from the time of its forward pass.</summary>
internal static class FineTuningCost
{
    private const int WarmUp = 2, Timed = 16;
    private const double Passes = 3; // forward, and backward with regard to activations and to weights

    /// <summary>Seconds for a fit of each amount, added up, where all threads work on one at a time.</summary>
    public static double Seconds(TrainedEncoder encoder, FineTuned protocol, LabelledImages train, IReadOnlyList<LabelAmount> amounts)
    {
        var images = amounts.Sum(amount =>
        {
            var labels = (int)Math.Max(1, TunedBaseline.PerClassOf(amount, train) * train.Classes.Length);
            var options = protocol.Options.For(labels);
            return (double)options.StepsFor(labels) * Math.Min(options.BatchSize, labels);
        });
        using var scope = TensorScope.Begin();
        var pixels = ImageTensors.Read(train.Images, Images.EvenSample.Of(train.Images.Count, Timed), encoder.Input);
        _ = encoder.Features(pixels.Narrow(0, 0, Math.Min(WarmUp, pixels.Size(0))));
        var clock = Stopwatch.StartNew();
        _ = encoder.Features(pixels);
        return Passes * images * clock.Elapsed.TotalSeconds / pixels.Size(0);
    }
}
