using Foresee.Labels;

namespace Foresee.Evaluation;

/// <summary>One row of results.csv: one protocol on one draw of labels.</summary>
/// <param name="Data">Name of the labelled data, with <see cref="LabelledSplits.ValidationMark"/> where no test image was measured.</param>
/// <param name="Encoder">What made the features; the protocol's own name where none were used.</param>
/// <param name="Protocol">The name of an <see cref="IProtocol"/>; a name of an earlier version becomes today's.</param>
/// <param name="Labels">The amount as asked for, such as "10/class" or "1%".</param>
/// <param name="Draw">Seed of the draw; the same number means the same labelled images for every protocol.</param>
/// <param name="Value">Of <see cref="Metric"/>, on the images of <see cref="MeasuredOn"/>.</param>
/// <param name="Seconds">For choosing the settings and fitting; features are computed once for all and not counted.</param>
public sealed record EvaluationResult(string Data, string Encoder, string Protocol, string Labels, int Draw, double Value, double Seconds)
{
    /// <summary>Per cent of the images whose most probable class is right.</summary>
    public const string Top1 = "top1";

    /// <summary>What was measured.</summary>
    public string Metric { get; init; } = Top1;

    public string Protocol { get; init; } = KnownProtocols.NameOf(Protocol);

    public string Encoder { get; init; } = KnownProtocols.Find(Protocol) is { NeedsEncoder: false } alone ? alone.Name : Encoder;

    /// <summary>Equal where the same program measured the same encoder with the same settings on the same images; "" where that is not known.</summary>
    public string Settings { get; init; } = "";

    /// <summary>"test", or "validation".</summary>
    public string MeasuredOn => Data.EndsWith(LabelledSplits.ValidationMark, StringComparison.Ordinal) ? "validation" : "test";

    /// <summary>With all labels nothing is drawn, and the protocol draws nothing else: the same for every draw.</summary>
    internal bool DrawsNothing => Labels == LabelAmount.All.ToString() && KnownProtocols.Find(Protocol) is { DrawsOnlyLabels: true };
}
