using System.Text.Json;
using Foresee.Encoders;
using Foresee.Evaluation;
using Foresee.Images;
using Foresee.Labels;
using Foresee.Torch;
using Foresee.Torch.Files;

namespace Foresee.Studies.FewShot;

/// <summary>An encoder learnt from episodes, kept in a folder: encoder.safetensors, and what it was learnt from.</summary>
public static class EpisodicRun
{
    public const string FileName = "learnt.json";
    private const int Width = 32; // channels of a new network's first stage

    private sealed record Learnt(string Settings, string Data, EpisodicOptions Options, int Seed);

    /// <summary>Learns and writes, unless the folder has just this.</summary>
    /// <param name="start">Goes on learning, and is changed; null for a new small residual network.</param>
    /// <param name="background">Images that can be read as <paramref name="input"/>.</param>
    /// <param name="input">With mean and std; that of the start where there is one.</param>
    /// <returns>Whether it learnt; false where it was there.</returns>
    public static bool LearnOrKeep(string folder, TrainedEncoder? start, LabelledImages background, InputFormat input,
        EpisodicOptions options, int seed, Action<FitProgress>? progress = null, CancellationToken cancel = default)
    {
        var settings = new Fingerprint(input, start?.Hash ?? "new", background, background).OfStudy(options, seed, Width);
        var (file, encoder) = (Path.Combine(folder, FileName), Path.Combine(folder, EncoderFile.FileName));
        if (File.Exists(file) && File.Exists(encoder)
            && JsonSerializer.Deserialize<Learnt>(File.ReadAllText(file), Fingerprint.Json)?.Settings == settings) return false;
        using var scope = TensorScope.Begin();
        using var generator = new Generator((ulong)seed);
        var blocks = new ConvEncoderOptions(Width, [1, 1, 1], ResidualOrder.PreActivation, ConvStem.Medium);
        using var fresh = start is null ? new ConvEncoder(blocks, input, generator) : null;
        var network = start?.Network ?? fresh!;
        EpisodicTraining.Fit(network, ImageTensors.ReadAll(background.Images, input), background, options, seed, progress, cancel);
        File.Delete(file);
        EncoderFile.Write(encoder, network);
        AtomicFile.Write(file, JsonSerializer.Serialize(new Learnt(settings, background.Images.Name, options, seed), Fingerprint.Json) + "\n");
        return true;
    }
}
