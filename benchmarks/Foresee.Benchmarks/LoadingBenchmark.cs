using Foresee.Images;
using Foresee.Methods.Cpc;
using Foresee.Recipes;
using Foresee.Torch;

namespace Foresee.Benchmarks;

/// <summary>
/// A folder of JPEG files to batches, by itself and under training by the recipe for any folder: from the folder with every image
/// decoded each time, and from the same pixels in memory. Training waits for nothing when both go at the same rate.
/// </summary>
internal static class LoadingBenchmark
{
    private const string FromFolder = "training_from_folder", FromMemory = "training_from_memory";
    private const int Count = 600, Quality = 90;

    public static Benchmark Create(string name, int side) => new(name,
        $"JPEG files of {side} x {side} px to batches; and training steps of the recipe `folder` on them, on decoded files and on pixels "
            + "in memory",
        folder => Prepare(folder, side),
        [
            .. Benchmark.AgainstBaselines("load",
                (folder, _) => new LoadingWork(Photographs(folder), Options(Photographs(folder)).Loading())),
            new(FromFolder, Role.Foresee, "train-folder", (folder, compute) => Training(folder, Photographs(folder), compute)),
            new(FromMemory, Role.Foresee, "train-memory", (folder, compute) => Training(folder, InMemory(folder), compute)),
        ], Tolerance: 5e-3) // decoders differ by a grey level here and there
    {
        Rounds = 3,
        Ratios = [.. Benchmark.OverBaselines, new("folder_to_memory", FromFolder, FromMemory)],
    };

    private static void Prepare(string folder, int side)
    {
        var files = Directory.CreateDirectory(Path.Combine(folder, Exchange.Photographs)).FullName;
        var images = MadeImages.Draw(Count, side, side, channels: 3);
        for (var i = 0; i < Count; i++)
            File.WriteAllBytes(Path.Combine(files, $"{i:0000}.jpg"), ImageFile.EncodeJpeg(images.Read(i), Quality));
        var options = Options(Photographs(folder));
        Exchange.WriteNetwork(folder, options.Input, (CpcV2Options)options.Method, options.Training);
    }

    private static ImageFolder Photographs(string folder) => new(Path.Combine(folder, Exchange.Photographs));

    private static PretrainOptions Options(IImageSource photographs) =>
        Recipe.Find(FolderProfile.Name).Build(photographs) with { Threads = Engine.Threads };

    private static TrainingWork Training(string folder, IImageSource source, DType compute)
    {
        var options = Options(Photographs(folder));
        return new(folder, options.Input, (CpcV2Options)options.Method, TrainingBenchmark.Endless(options.Training.BatchSize), source,
            options.Loading() with { CacheBytes = 0 }, compute);
    }

    private static HeldImages InMemory(string folder)
    {
        var (photographs, fit) = (Photographs(folder), Options(Photographs(folder)).Input);
        return new([.. Enumerable.Range(0, photographs.Count).Select(i => photographs.Read(i, fit))]);
    }
}
