using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;
using Foresee.Images;
using Foresee.Labels;
using Foresee.Torch;

namespace Foresee.Evaluation;

/// <summary>
/// All that a result hangs on besides its draw of labels, as 16 hex digits: the program, the images and their classes, the encoder, the
/// options of its protocol. Where two are equal, measuring again would give the same accuracy.
/// </summary>
/// <param name="encoder">Null where it is not known what it computes with.</param>
internal sealed class Fingerprint(InputFormat input, string? encoder, LabelledImages train, LabelledImages test)
{
    private const int Digits = 16;

    /// <summary>Of options; what a record derives from them is left out.</summary>
    internal static readonly JsonSerializerOptions Json =
        new() { IgnoreReadOnlyProperties = true, WriteIndented = true, Converters = { new JsonStringEnumConverter() } };

    private readonly object?[] common = [
        typeof(Fingerprint).Module.ModuleVersionId, typeof(Engine).Module.ModuleVersionId, Engine.Version, input, .. Images(train),
            .. Images(test),
    ];

    /// <returns>"" where the encoder is not known.</returns>
    public string Of(IProtocol protocol)
    {
        if (protocol.NeedsEncoder && encoder is null) return "";
        return Hash([.. common, protocol.NeedsEncoder ? encoder : null, Text(protocol)]);
    }

    /// <summary>Of what a study does with the encoder and the images.</summary>
    /// <param name="settings">Records whose JSON tells all of it.</param>
    public string OfStudy(params object?[] settings) => Hash([.. common, encoder, .. settings]);

    /// <summary>A protocol's options as JSON.</summary>
    internal static string Text(IProtocol protocol) => JsonSerializer.Serialize(protocol, Json);

    /// <summary>Of labelled images in the form they are read in, whatever is measured on them.</summary>
    public static string OfData(LabelledImages data, InputFormat fit) => Hash([fit, .. Images(data)]);

    private static string Hash(object?[] parts) =>
        Convert.ToHexStringLower(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(parts)))[..Digits];

    private static object?[] Images(LabelledImages data) =>
        [data.Images.Hash(), data.Skipped.Select(image => image.Index), data.Labels, data.Classes];
}
