using Foresee.Encoders;
using Foresee.Encoders.Spectral;
using Foresee.Images;
using Foresee.Torch;
using Foresee.Torch.Distributed;
using Foresee.Torch.Files;
using Foresee.Torch.Layers;

namespace Foresee.Tests.Encoders;

/// <summary>An encoder that measures images, by one process or as one of several; what it keeps is left in a file.</summary>
internal static class RankMeasuring
{
    public const string Command = "measure";

    private const int Count = 300; // three batches of the spectral encoder
    private static readonly InputFormat input = new(13, 11, 3) { Mean = [0.4, 0.5, 0.6], Std = [0.2, 0.25, 0.3] };

    /// <summary>As a process: measure KIND FOLDER, ranks from the environment.</summary>
    public static int Run(string[] arguments)
    {
        Engine.Threads = 1;
        using var group = ProcessGroup.Join(RankPlace.Read(Environment.GetEnvironmentVariable)!, TimeSpan.FromSeconds(60));
        Measure(arguments[1], arguments[2], group);
        return 0;
    }

    public static string State(string folder, int rank) => Path.Combine(folder, $"state{rank}.safetensors");

    /// <summary>Fewer than all: one of the batches has an image that can't be read.</summary>
    public const int Unreadable = 140;

    public static void Measure(string kind, string folder, ProcessGroup? group)
    {
        using var scope = TensorScope.Begin();
        using var generator = new Generator(3);
        using var images = Images();
        var work = new Calibration { Group = group };
        EncoderOptions options = kind == "kmeans" ? new KMeansEncoderOptions(Centroids: 21, Patch: 4) { Patches = 3000, Rounds = 5 }
            : new SpectralEncoderOptions(Atoms: 38, Vectors: 9, Patch: 4) { Patches = 3000, Pool = 3, PoolStride = 2, Threshold = 0.2 };
        using var encoder = options.Build(input, generator);
        if (encoder is IMeasuresInPasses passes)
            passes.Calibrate((from, count) => Some(images, [.. Enumerable.Range(from, count).Where(place => place != Unreadable)]),
                Count, work);
        else encoder.Calibrate(images, work);
        Safetensors.Write(State(folder, group?.Rank ?? 0), encoder.State().Select(tensor => new NamedTensor(tensor.Name, tensor.Value)));
    }

    private static IEnumerable<PassBatch> Some(Tensor images, int[] places)
    {
        using var some = TensorScope.Detach(images.IndexSelect(0, Tensor.From(Array.ConvertAll(places, place => (long)place))));
        yield return new(places, some);
    }

    /// <summary>Smooth noise, normalised as an encoder is given it.</summary>
    private static Tensor Images()
    {
        using var scope = TensorScope.Begin();
        using var generator = new Generator(1);
        var pixels = Tensor.Rand([Count, 3, 15, 13], generator).Unfold(2, 3, 1).Unfold(3, 3, 1).Mean([4, 5]); // [B, 3, 13, 11]
        return TensorScope.Detach((pixels - Tensor.From<float>([0.4f, 0.5f, 0.6f], 1, 3, 1, 1))
            / Tensor.From<float>([0.2f, 0.25f, 0.3f], 1, 3, 1, 1));
    }
}
