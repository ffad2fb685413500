using Foresee.Encoders;
using Foresee.Images;
using Foresee.Methods.Cpc;
using Foresee.Recipes;
using Foresee.Runs;
using Foresee.Tests.Images;
using Foresee.Torch;

namespace Foresee.Tests.Recipes;

public sealed class RecipeTests
{
    public static TheoryData<string> Names => [.. Recipe.All.Select(recipe => recipe.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_recipe_is_valid_and_reads_what_its_grid_needs(string name)
    {
        var options = Recipe.Find(name).Build(new NoiseImages(name == "imagenet/cpc-v2" ? 300 : 128)).Validate();
        Assert.Equal(name, options.Recipe);
        var method = (CpcV2Options)options.Method;
        var grid = method.Encoder.Grid(options.Input);
        Assert.Equal(options.Input, options.Loading().Input);
        Assert.All(method.Offsets, offset => Assert.True(offset >= grid.FirstOffsetWithoutSharedPixels));
    }

    [Fact]
    public void The_paper_s_recipe_is_the_paper_s()
    {
        var options = Recipe.Find("imagenet/cpc-v2").Build(new NoiseImages(300));
        var method = (CpcV2Options)options.Method;
        var grid = method.Encoder.Grid(options.Input);
        Assert.Equal((300, 260, 80, 36, 6, 6), (options.Input.ReadHeight, grid.Height, grid.Patch, grid.Stride, grid.Rows, grid.Columns));
        Assert.Equal((4096, 303_162_560), (method.Encoder.Network.Features, method.Encoder.Network.ConvolutionWeights()));
        Assert.Equal((512, 4e-4, 0.8, 0.999, 0.01, 0.9999),
            (options.Training.BatchSize, options.Training.Optimiser.LearningRate, options.Training.Optimiser.Beta1,
            options.Training.Optimiser.Beta2, options.Training.MaximumGradientNorm, options.Training.AverageDecay));
        Assert.Equal((2, 0.2, 0.2, 0.8, 0.25), (method.Augmentation.Primitives, method.Augmentation.Deformation,
            method.Augmentation.ColourHistogram,
            method.Augmentation.SzegedyColour, method.Augmentation.Greyscale));
        Assert.Equal((5, 64, 0.1), (method.ContextDepth, method.TargetSize, method.Scale));
    }

    [Fact]
    public void Small_images_of_ImageNet_are_enlarged_in_training_and_wherever_the_encoder_is_used()
    {
        using var scratch = new Scratch();
        scratch.Png("large.png", 1, 320);
        scratch.Png("small.png", 1, 200);
        var images = new ImageFolder(scratch.Folder);
        var options = Recipe.Find("imagenet/cpc-v2").Build(images);
        using var loader = new ImageLoader(images, options.Loading() with { BatchSize = 2 });
        using var batch = loader.Batches().First();
        Assert.Equal([2, 3, 300, 300], batch.ToTensor().Shape);
        Assert.Empty(loader.Skipped);
        Assert.All(Ablation.Of(options, images, new(Images: 1)), step => Assert.Equal(SmallImages.Enlarge, step.Options.Input.Small));

        using var generator = new Generator(0);
        var patches = ((CpcV2Options)options.Method).Encoder with { Network = PatchEncoderOptions.Small(channels: 3, patch: 80) };
        using var network = patches.Build(options.Input, generator);
        EncoderFile.Write(scratch.At("encoder.safetensors"), network);
        using var encoder = TrainedEncoder.Load(scratch.At("encoder.safetensors"), Device.Cpu);
        Assert.Equal(options.Input, encoder.Input);
        Assert.Equal((300, 300, SmallImages.Enlarge), (encoder.Input.ReadHeight, encoder.Input.ReadWidth, encoder.Input.Small));
    }

    [Theory]
    [InlineData(100, 100, 96, 24, 12, 10)]   // 100 px hold 8 x 12
    [InlineData(500, 5_000, 128, 32, 16, 30)]
    [InlineData(33, 80_000, 32, 8, 4, 60)]
    public void A_folder_decides_size_patches_and_time_and_is_told_why(int side, int count, int size, int patch, int stride, int minutes)
    {
        var options = Recipe.Find("folder").Build(new NoiseImages(side, count), CpcV2Options.MethodName).Validate();
        Assert.Equal(new(size, size, patch, stride), ((CpcV2Options)options.Method).Encoder.Grid(options.Input));
        Assert.Equal(minutes, options.Training.Budget.Minutes);
        Assert.Contains(options.Reasons, reason => reason.Contains($"{side} px", StringComparison.Ordinal));
        Assert.StartsWith($"{minutes} minutes", options.BudgetReason, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(999, 3, false, "cpc-v2", "999 images are few")]
    [InlineData(1000, 3, false, "simclr", "satellite pictures")]
    [InlineData(1000, 1, false, "simclr", "also grey")]
    [InlineData(1000, 1, true, "cpc-v2", "empty ground")]
    [InlineData(80_000, 12, false, "simclr", "without an empty ground")]
    public void A_folder_takes_the_method_that_was_ahead_on_such_images(int count, int channels, bool empty, string method, string reason)
    {
        var choice = MethodChoice.For(new("folder", count, new(64, 64, channels)) { OnEmptyGround = empty });
        Assert.Equal(method, choice.Method);
        Assert.Contains(reason, choice.Reason, StringComparison.Ordinal);
        if (channels != 3) return;
        var options = Recipe.Find("folder").Build(new NoiseImages(64, count)).Validate();
        Assert.Equal(method, options.Method.Name);
        Assert.Contains(choice.Reason, options.Reasons);
        Assert.Equal("swav", Recipe.Find("folder").Build(new NoiseImages(64, count), "swav").Method.Name);
    }

    [Fact]
    public void A_folder_of_few_images_has_them_all_in_a_batch()
    {
        var options = Recipe.Find("folder").Build(new NoiseImages(64, 20)).Validate();
        Assert.Equal(20, options.Training.BatchSize);
        Assert.Contains(options.Reasons, reason => reason.StartsWith("all 20 images in a batch", StringComparison.Ordinal));
        Assert.Equal(32, Recipe.Find("folder").Build(new NoiseImages(64, 40)).Training.BatchSize);
    }

    [Fact]
    public void Images_that_cant_be_read_are_no_part_of_a_folders_batch()
    {
        using var scratch = new Scratch();
        for (byte i = 0; i < 4; i++) scratch.Png($"{i}.png", i, 20);
        for (var i = 0; i < 16; i++) scratch.Write($"bad{i}.png", [0]);
        var options = Recipe.Find("folder").Build(new ImageFolder(scratch.Folder)).Validate();
        Assert.Equal(4, options.Training.BatchSize);
        Assert.Contains(options.Reasons, reason => reason.StartsWith("all 4 images in a batch", StringComparison.Ordinal));
        Assert.Equal(0, ((CpcV2Options)options.Method).Augmentation.Translation); // so that no predicted pixel has been seen
    }

    [Fact]
    public void A_few_small_images_anywhere_in_a_folder_do_not_decide_its_size()
    {
        var images = new NoiseImages(96, 1000, index => index % 26 == 0 ? 20 : 96);
        Assert.Equal(96, Recipe.Find("folder").Build(images).Input.Height);
        var many = new NoiseImages(96, 1000, index => index >= 500 ? 48 : 96); // half of them, none among the first 200
        var options = Recipe.Find("folder").Build(many);
        Assert.Equal(48, options.Input.Height);
        Assert.Contains(options.Reasons, reason =>
            reason.Contains("of 200 images looked at 200 have sides of 48 px or more", StringComparison.Ordinal));
    }

    /// <summary>Seeded noise in colour; grey where grey is asked for.</summary>
    private sealed class NoiseImages(int side, int count = 12, Func<int, int>? sides = null) : IImageSource
    {
        public string Name => "noise";
        public int Count => count;
        public string Describe(int index) => $"noise[{index}]";
        public string Hash(CancellationToken cancel = default) => "noise";
        public Image Read(int index) => Draw(index, sides?.Invoke(index) ?? side, sides?.Invoke(index) ?? side, 3);
        public Image Read(int index, InputFormat fit) => Draw(index, fit.ReadWidth, fit.ReadHeight, fit.Channels);

        private static Image Draw(int index, int width, int height, int channels)
        {
            var pixels = new byte[height * width * channels];
            new Random(index).NextBytes(pixels);
            return new(width, height, channels, pixels);
        }
    }
}
