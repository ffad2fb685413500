using System.Security.Cryptography;
using System.Text.Json;
using Foresee.Images;
using Foresee.Labels;
using Foresee.Torch;

namespace Foresee.Evaluation;

/// <summary>
/// All that a result hangs on besides its draw of labels, as 16 hex digits: the program, the images and their classes, the encoder, the
/// settings of its protocol. Where two are equal, measuring again would give the same accuracy.
/// </summary>
internal static class Fingerprint
{
    private const int Digits = 16;

    /// <returns>"" where the plan does not say which encoder it takes.</returns>
    public static string Of(Protocol protocol, LabelAmount amount, EvaluationPlan plan, LabelledImages train, LabelledImages test)
    {
        if (protocol != Protocol.Pixels && plan.Encoder is null) return "";
        object?[] settings = protocol switch
        {
            Protocol.Pixels => [plan.Pixels.For(TunedBaseline.PerClassOf(amount, train))],
            Protocol.Neighbours => [plan.Encoder, plan.NeighbourFeatures, plan.ScalingImages, plan.Neighbours],
            Protocol.Spreading => [plan.Encoder, plan.SpreadingFeatures, plan.ScalingImages, plan.Linear, plan.Spreading],
            Protocol.Streamed => [plan.Encoder, plan.Streamed],
            Protocol.Frozen or Protocol.FineTuned or Protocol.Scratch => [plan.Encoder, plan.Compute, plan.ScalingImages, plan.Linear, plan.SettingsOf(protocol)],
            _ => [plan.Encoder, plan.LinearFeatures, plan.ScalingImages, plan.Linear],
        };
        object?[] all = [typeof(Fingerprint).Module.ModuleVersionId, typeof(Engine).Module.ModuleVersionId, Engine.Version, plan.Input, protocol.ToString(), .. settings, .. Images(train), .. Images(test)];
        return Hash(all);
    }

    /// <summary>Of labelled images in the form they are read in, whatever is measured on them.</summary>
    public static string OfData(LabelledImages data, InputFormat fit) => Hash([fit, .. Images(data)]);

    private static string Hash(object?[] parts) => Convert.ToHexStringLower(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(parts)))[..Digits];

    private static object?[] Images(LabelledImages data) => [data.Images.Hash(), data.Skipped.Select(image => image.Index), data.Labels, data.Classes];
}
