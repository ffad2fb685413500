using Foresee.Encoders;
using Foresee.Evaluation;
using Foresee.Images;
using Foresee.Recipes;
using Foresee.Runs;
using Foresee.Tests.Methods.Cpc;
using Foresee.Torch;
using Foresee.Torch.Optimisers;
using Foresee.Training;

namespace Foresee.Tests.Runs;

public sealed class PretrainPicturesTests : IDisposable
{
    private const int Side = 28, Patch = 8, Stride = 4, Grid = 6, Cell = Patch + 1; // a gap of one pixel
    private readonly string folder = Directory.CreateTempSubdirectory("foresee-pictures-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    /// <summary>Seeded noise; image i and image i + 20 are the same.</summary>
    private sealed class Twins : IImageSource
    {
        public string Name => "twins";
        public int Count => 40;
        public string Describe(int index) => $"twins[{index}]";
        public string Hash(CancellationToken cancel = default) => "twins";
        public bool Holds(InputFormat fit) => true;
        public Image Read(int index, InputFormat fit) => Read(index);

        public Image Read(int index)
        {
            var pixels = new byte[Side * Side];
            new Random(index % 20).NextBytes(pixels);
            return new(Side, Side, 1, pixels);
        }
    }

    private RunContext Place => new(new Twins(), folder, Device.Cpu, 1, "test", null, "a BLAS");

    private PretrainResult Run(CancellationToken cancel = default, int lookEvery = 500, Action<StepRecord>? progress = null,
        int images = 16) => PretrainRun.Start(
        new("test", CpcV2Tests.Input, CpcV2Tests.Small,
        new()
        {
            Budget = new(Images: images),
            BatchSize = 8,
            Seed = 3,
            Optimiser = new(OptimiserKind.AdamW, 1e-2),
            WarmUpSteps = 1,
            LogEvery = Math.Min(10, lookEvery),
            ProbeEvery = lookEvery
        }), Place, progress, cancel);

    private byte[] Bytes(string file) => File.ReadAllBytes(Path.Combine(folder, file));

    private Image Picture(string file) => ImageFile.Read(Path.Combine(folder, file));

    /// <summary>One patch of a picture that has a place every 9 pixels, each enlarged.</summary>
    private static byte[] At(Image picture, int columns, int row, int column)
    {
        var times = picture.Width / (columns * Cell - 1);
        return [.. from y in Enumerable.Range(0, Patch) from x in Enumerable.Range(0,
            Patch) select picture.Pixels[((row * Cell + y) * times * picture.Width) + (column * Cell + x) * times]];
    }

    [Fact]
    public void The_patches_as_cut_are_those_of_the_first_images_and_the_augmented_are_others()
    {
        using var stop = new CancellationTokenSource();
        stop.Cancel();
        Assert.False(Run(stop.Token).Finished); // after one step
        var picture = ImageFile.Read(Path.Combine(folder, PretrainPictures.AugmentationFile));
        const int Columns = 6 * (Grid + 1) - 1;
        Assert.Equal(Columns * Cell - 1, picture.Width / (picture.Width / (Columns * Cell - 1)));
        var order = new SeededOrder(3, 0).Permutation(40);
        for (var image = 0; image < 6; image++)
        {
            var pixels = new Twins().Read(order[image]).Pixels;
            byte[] expected = [.. from y in Enumerable.Range(0, Patch) from x in Enumerable.Range(0,
                Patch) select pixels[(2 * Stride + y) * Side + 3 * Stride + x]];
            Assert.Equal(expected, At(picture, Columns, 2, image * (Grid + 1) + 3));
            Assert.NotEqual(expected, At(picture, Columns, Grid + 1 + 2, image * (Grid + 1) + 3));
        }
        Assert.Equal(2, PretrainPictures.Read(folder).Count); // this one, and retrievals before the first step
    }

    [Fact]
    public void Too_few_images_are_refused_before_the_folder_holds_a_run()
    {
        var options = new PretrainOptions("test", CpcV2Tests.Input, CpcV2Tests.Small, new() { Budget = new(Images: 64), BatchSize = 64 });
        var error = Assert.Throws<ImageDataException>(() => PretrainRun.Start(options, Place, null, default));
        Assert.Contains("compares 64 images with each other, and twins has 40; add images, or take the recipe folder", error.Message,
            StringComparison.Ordinal);
        var probe = new OnlineProbe(new Twins(),
            new(new Twins(), [.. Enumerable.Range(0, 40)], [.. Enumerable.Range(0, 40).Select(i => $"{i}")]));
        Assert.Contains("fewer than two", Assert.Throws<ImageDataException>(() =>
            PretrainRun.Start(options with { Training = options.Training with { BatchSize = 8 } }, Place with { Probe = probe }, null,
            default)).Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(folder));
    }

    [Fact]
    public void A_run_in_progress_takes_no_second_process()
    {
        using var stop = new CancellationTokenSource();
        var errors = new List<string>();
        Run(stop.Token, images: 80, lookEvery: 2, progress: step =>
        {
            errors.Add(Assert.Throws<IOException>(() => PretrainRun.Resume(Place, null, default)).Message);
            stop.Cancel();
        });
        Assert.Contains($"Another process is training the run in {folder}", Assert.Single(errors), StringComparison.Ordinal);
        Assert.True(PretrainRun.Resume(Place, null, default).Finished);
        Assert.False(File.Exists(Path.Combine(folder, ".running")));
    }

    [Theory]
    [InlineData(PretrainPictures.UntrainedFile)]
    [InlineData(PretrainPictures.NearestFile)]
    public void The_nearest_patch_of_a_patch_is_its_twin(string file)
    {
        Assert.True(Run().Finished);
        var picture = Picture(file);
        for (var query = 0; query < 8; query++)
        {
            var (row, left) = (query / 2, query % 2 * 11);
            Assert.Equal(At(picture, 21, row, left), At(picture, 21, row, left + 2));
            Assert.NotEqual(At(picture, 21, row, left), At(picture, 21, row, left + 3));
            Assert.All(At(picture, 21, row, left + 1), value => Assert.Equal(255, value)); // a space between
        }
        Assert.Equal(3, PretrainPictures.Read(folder).Count);
    }

    [Fact]
    public void The_patches_found_are_those_that_a_slow_loop_finds()
    {
        Run();
        using var scope = TensorScope.Begin();
        using var encoder = TrainedEncoder.Load(folder, Device.Cpu);
        var z = encoder.Features(ImageTensors.Read(new Twins(), [.. Enumerable.Range(0, 40)], encoder.Input)).ToArray<float>();
        var vectors = z.Chunk(z.Length / (40 * Grid * Grid)).ToArray();                            // [40·36][D]
        var patches = Enumerable.Range(0, vectors.Length).Select(n => Cut(n / 36, n % 36)).ToArray();
        var picture = Picture(PretrainPictures.NearestFile);
        for (var query = 0; query < 8; query++)
        {
            var (row, left) = (query / 2, query % 2 * 11);
            var asked = Array.FindIndex(patches, patch => patch.SequenceEqual(At(picture, 21, row, left)));
            var nearest = Enumerable.Range(0, 40).Where(image => image != asked / 36)
                .Select(image => Enumerable.Range(image * 36, 36).MaxBy(n => Cosine(vectors[n], vectors[asked])))
                .OrderByDescending(n => Cosine(vectors[n], vectors[asked])).Take(8).ToList();
            for (var n = 0; n < 8; n++) Assert.Equal(patches[nearest[n]], At(picture, 21, row, left + 2 + n));
        }

        static byte[] Cut(int image, int position)
        {
            var pixels = new Twins().Read(image).Pixels;
            return [.. from y in Enumerable.Range(0, Patch) from x in Enumerable.Range(0,
                Patch) select pixels[(position / Grid * Stride + y) * Side + position % Grid * Stride + x]];
        }

        static double Cosine(float[] a, float[] b) =>
            a.Zip(b, (x, y) => (double)x * y).Sum() / Math.Sqrt(a.Sum(x => (double)x * x) * b.Sum(y => (double)y * y));
    }

    [Fact]
    public void Retrievals_are_drawn_again_at_each_look_and_after_resuming_of_the_same_patches()
    {
        using var stop = new CancellationTokenSource();
        var drawn = new List<byte[]>();
        Assert.False(Run(stop.Token, lookEvery: 2, images: 80, progress: step =>
        {
            if (File.Exists(Path.Combine(folder, PretrainPictures.NearestFile))) drawn.Add(Bytes(PretrainPictures.NearestFile));
            if (step.Step == 4) stop.Cancel();
        }).Finished);
        Assert.Equal(2, drawn.Count);
        Assert.NotEqual(drawn[0], drawn[1]);
        var untrained = Bytes(PretrainPictures.UntrainedFile);
        Assert.NotEqual(untrained, drawn[0]);

        Assert.True(PretrainRun.Resume(Place, null, CancellationToken.None).Finished);
        Assert.Equal(untrained, Bytes(PretrainPictures.UntrainedFile)); // not of the encoder that had learnt by then
        Assert.NotEqual(drawn[1], Bytes(PretrainPictures.NearestFile));
        var (first, last) = (Picture(PretrainPictures.UntrainedFile), Picture(PretrainPictures.NearestFile));
        for (var query = 0; query < 8; query++)
            Assert.Equal(At(first, 21, query / 2, query % 2 * 11), At(last, 21, query / 2, query % 2 * 11));
        Assert.Empty(Directory.GetFiles(folder, "*.tmp"));
    }

    [Fact]
    public void The_encoder_learns_the_same_with_looks_at_every_step_and_with_the_last_alone()
    {
        Assert.NotNull(Run(lookEvery: 1, images: 32).Last!.Probe);
        var looked = Bytes("encoder.safetensors");
        Directory.Delete(folder, recursive: true);
        Assert.Equal(4, Run(images: 32).Last!.Step);
        Assert.Equal(looked, Bytes("encoder.safetensors"));
    }
}
