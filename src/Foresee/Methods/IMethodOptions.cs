using System.Text.Json;
using System.Text.Json.Serialization;
using Foresee.Augmentation;
using Foresee.Encoders;
using Foresee.Images;
using Foresee.Patches;
using Foresee.Torch;

namespace Foresee.Methods;

/// <summary>Settings of a method: what a run needs to know of them besides making the method.</summary>
[JsonConverter(typeof(MethodOptionsConverter))]
public interface IMethodOptions
{
    /// <summary>Of the method, such as "cpc-v2"; stands in files beside the settings.</summary>
    string Name { get; }

    GridGeometry Grid { get; }
    PatchEncoderOptions Encoder { get; }
    PatchAugmentation Augmentation { get; }

    /// <summary>What becomes of images smaller than what is read; the same wherever the encoder is used.</summary>
    SmallImages Small { get; }

    /// <summary>Per channel, of pixels in 0..1.</summary>
    IReadOnlyList<double> Mean { get; }

    /// <summary>Per channel, of pixels in 0..1.</summary>
    IReadOnlyList<double> Std { get; }

    /// <summary>How 16-bit files become 8 bits.</summary>
    LevelWindow Window { get; }

    /// <summary>All that is needed to use the encoder.</summary>
    EncoderDescription Description => new(Encoder, Grid.Height, Grid.Width, Grid.Patch, Grid.Stride, Mean, Std) { Margin = Augmentation.Margin, EnlargesSmall = Small == SmallImages.Enlarge, Black = Window.Black, White = Window.White };

    /// <exception cref="ArgumentException">Names every fault at once.</exception>
    IMethodOptions Validate();

    IMethod Build(Generator generator, Device device, DType compute);
}

/// <summary>Settings without a name are of before there was more than one method: CPC v2's.</summary>
internal sealed class MethodOptionsConverter : JsonConverter<IMethodOptions>
{
    public override IMethodOptions? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        using var document = JsonDocument.ParseValue(ref reader);
        var key = options.PropertyNamingPolicy?.ConvertName(nameof(IMethodOptions.Name)) ?? nameof(IMethodOptions.Name);
        var name = document.RootElement.TryGetProperty(key, out var value) ? value.GetString() : CpcV2Options.MethodName;
        return name switch
        {
            CpcV1Options.MethodName => document.Deserialize<CpcV1Options>(options),
            CpcV2Options.MethodName => document.Deserialize<CpcV2Options>(options),
            _ => throw new JsonException($"the method '{name}' is unknown; this Foresee has {CpcV1Options.MethodName} and {CpcV2Options.MethodName}."),
        };
    }

    public override void Write(Utf8JsonWriter writer, IMethodOptions value, JsonSerializerOptions options) =>
        JsonSerializer.Serialize(writer, value, value.GetType(), options);
}
