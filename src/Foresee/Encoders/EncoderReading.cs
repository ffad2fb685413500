using Foresee.Images;
using Foresee.Torch;

namespace Foresee.Encoders;

/// <summary>A trained encoder used otherwise than it was trained; nothing set is as it was trained.</summary>
public sealed record EncoderReading
{
    /// <summary>Pixels between patches; fewer give a finer grid.</summary>
    public int? Stride { get; init; }

    /// <summary>Sees each image at once instead of patch by patch, see <see cref="PatchGridOptions.WholeImages"/>.</summary>
    public bool WholeImages { get; init; }

    /// <summary>Pixels that both sides of images are brought to.</summary>
    public int? Size { get; init; }

    /// <summary>Ends at this stage, from 1, see <see cref="StageEncoder"/>.</summary>
    public int? Stage { get; init; }

    /// <summary>Its last stages side by side, where it shows three or more, see <see cref="StagesEncoder"/>.</summary>
    public bool SideBySide { get; init; }

    /// <param name="path">The folder of a run or start, or a file.</param>
    /// <exception cref="ArgumentException">The encoder can't be used so.</exception>
    /// <exception cref="InvalidDataException">The file is damaged or no encoder.</exception>
    public Encoder Of(string path)
    {
        var encoder = EncoderFile.Read(path, Stride is null && !WholeImages ? null : options => OnPatches(path, options));
        var read = encoder;
        try
        {
            if (Size is { } size) read = Resized(encoder, size);
            if (Stage is { } stage) return new StageEncoder(read, stage);
            return SideBySide && StagesEncoder.Suited(read) is { } from ? new StagesEncoder(read, from) : read;
        }
        catch
        {
            read.Dispose();
            throw;
        }
        finally
        {
            if (!ReferenceEquals(read, encoder)) encoder.Dispose();
        }
    }

    private PatchGridOptions OnPatches(string path, EncoderOptions options)
    {
        if (options is not PatchGridOptions grid)
            throw new ArgumentException($"The encoder in {path} sees whole images, not patches; leave '{this}' out.");
        if (WholeImages && grid.Network.StemKernel == grid.Patch)
            throw new ArgumentException($"The first layer of this encoder is as large as its patches, {grid.Patch} px, so it sees the same "
                + "in whole images as in a grid of patches; leave whole images out, or make the grid finer with a smaller stride.");
        return grid with { Stride = Stride ?? grid.Stride, WholeImages = WholeImages || grid.WholeImages };
    }

    private static Encoder Resized(Encoder encoder, int size)
    {
        var input = encoder.Input with { Height = size, Width = size, Margin = 0, Small = SmallImages.Enlarge };
        var faults = new List<string>();
        encoder.Options.Validate(input, faults);
        if (faults.Count > 0) throw new ArgumentException($"The encoder can't see images of {size} px: {string.Join("; ", faults)}.");
        using var generator = new Generator(0);
        var resized = encoder.Options.Build(input, generator);
        try
        {
            resized.Load(encoder.State().ToDictionary(tensor => tensor.Name, tensor => tensor.Value));
            resized.Train(false);
            return resized;
        }
        catch
        {
            resized.Dispose();
            throw;
        }
    }

    /// <summary>The name that an encoder read so has in results, beside those read as trained or with other patches.</summary>
    public string NameOf(string encoder) => Size is null && Stage is null && !SideBySide ? encoder
        : $"{encoder}, {this with { Stride = null, WholeImages = false }}";

    /// <summary>Such as "stride 4" or "64 px, stage 2"; empty for as trained.</summary>
    public override string ToString()
    {
        string?[] parts = [
            Stride is null ? null : $"stride {Stride}", WholeImages ? "whole images" : null,
            Size is null ? null : $"{Size} px", Stage is null ? null : $"stage {Stage}",
            SideBySide ? "stages side by side" : null,
        ];
        return string.Join(", ", parts.OfType<string>());
    }
}
