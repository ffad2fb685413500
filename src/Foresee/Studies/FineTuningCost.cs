using System.Diagnostics;
using Foresee.Encoders;
using Foresee.Evaluation;
using Foresee.Labels;
using Foresee.Torch;

namespace Foresee.Studies;

/// <summary>What fine-tuning an encoder would take where all threads work on one fit, from the time of its forward pass.</summary>
internal static class FineTuningCost
{
    private const int WarmUp = 2, Timed = 16;
    private const double Passes = 3; // forward, and backward with regard to activations and to weights

    /// <summary>Forward passes of an image that a fit of each amount takes or is worth, added up.</summary>
    public static double Forwards(FineTuningProtocol protocol, LabelledImages train, IReadOnlyList<LabelAmount> amounts) =>
        amounts.Sum(amount => Forwards(protocol, (int)Math.Max(1, TunedBaseline.PerClassOf(amount, train) * train.Classes.Length),
            train.Images.Count));

    /// <summary>The same of one fit.</summary>
    /// <param name="unlabelled">Images that there are to learn from without labels.</param>
    public static double Forwards(FineTuningProtocol protocol, int labels, int unlabelled)
    {
        var options = protocol.Options.For(labels);
        var (batch, predicted) = (Math.Min(options.BatchSize, labels), 0.0);
        if (options.Pseudo is { } pseudo)
        {
            unlabelled = Math.Min(pseudo.Images, unlabelled);
            (batch, predicted) = (batch + Math.Min(pseudo.BatchSize, unlabelled), (double)pseudo.Predictions * unlabelled);
        }
        return Passes * options.StepsFor(labels) * batch + predicted;
    }

    /// <summary>Seconds of a forward pass of an image.</summary>
    public static double Forward(TrainedEncoder encoder, LabelledImages train)
    {
        using var scope = TensorScope.Begin();
        var pixels = ImageTensors.Read(train.Images, Images.EvenSample.Of(train.Images.Count, Timed), encoder.Input);
        _ = encoder.Features(pixels.Narrow(0, 0, Math.Min(WarmUp, pixels.Size(0))));
        var clock = Stopwatch.StartNew();
        _ = encoder.Features(pixels);
        return clock.Elapsed.TotalSeconds / pixels.Size(0);
    }
}
