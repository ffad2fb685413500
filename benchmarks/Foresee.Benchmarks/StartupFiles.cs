using Foresee.Encoders;
using Foresee.Images;
using Foresee.Methods.Cpc;
using Foresee.Torch;

namespace Foresee.Benchmarks;

/// <summary>What a start of `foresee embed` needs: an encoder, untrained, and one photograph.</summary>
public static class StartupFiles
{
    /// <summary>Writes encoder.safetensors into the folder, and beside it a JPEG file whose path is returned.</summary>
    public static string Write(string folder)
    {
        using var generator = new Generator(0);
        using var method = new CpcV2(TrainingBenchmark.ReferenceMethod, new(TrainingBenchmark.ReferenceInput, generator, Device.Cpu));
        EncoderFile.Write(Path.Combine(folder, EncoderFile.FileName), method.Encoder);
        var photograph = Path.Combine(folder, "photograph.jpg");
        File.WriteAllBytes(photograph, ImageFile.EncodeJpeg(MadeImages.Draw(1, 224, 224, channels: 3).Read(0), quality: 90));
        return photograph;
    }
}
