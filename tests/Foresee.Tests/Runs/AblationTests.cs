using Foresee.Augmentation;
using Foresee.Encoders;
using Foresee.Images;
using Foresee.Methods;
using Foresee.Methods.Cpc;
using Foresee.Patches;
using Foresee.Recipes;
using Foresee.Runs;
using Foresee.Training;

namespace Foresee.Tests.Runs;

public sealed class AblationTests
{
    /// <summary>Noise, a different mean in each channel.</summary>
    private sealed class Noise(int side, int channels) : IImageSource
    {
        public string Name => "noise";
        public int Count => 20;
        public string Describe(int index) => $"noise[{index}]";
        public string Hash(CancellationToken cancel = default) => "noise";
        public bool Holds(InputFormat fit) => false;
        public Image Read(int index, InputFormat fit) =>
            new(fit.ReadHeight, fit.ReadWidth, fit.Channels, Pixels(index, fit.ReadHeight * fit.ReadWidth, fit.Channels));
        public Image Read(int index) => new(side, side, channels, Pixels(index, side * side, channels));

        private static byte[] Pixels(int index, int count, int channels)
        {
            var random = new Random(index);
            return [.. Enumerable.Range(0, count * channels).Select(i => (byte)random.Next(50 * (i % channels), 255))];
        }
    }

    private static IReadOnlyList<AblationStep> Colour(IImageSource? images = null)
    {
        images ??= new Noise(32, 3);
        return Ablation.Of(Recipe.Find("cifar10").Build(images), images, new(Images: 64));
    }

    private static PatchEncoderOptions NetworkOf(MethodOptions method) => ((PatchGridOptions)method.Kept).Network;

    [Fact]
    public void The_steps_are_the_papers_in_its_order()
    {
        Assert.Equal(["v1", "projections", "MC", "BU", "LN", "RC", "HP", "LP", "PA", "recipe"], Colour().Select(step => step.Name));
        Assert.IsType<CpcV1Options>(Colour()[0].Options.Method);
        Assert.All(Colour().Skip(1), step => Assert.IsType<CpcV2Options>(step.Options.Method));
    }

    [Fact]
    public void Every_step_is_valid_has_the_same_training_and_a_name_of_its_own()
    {
        foreach (var images in new IImageSource[] { new Noise(32, 3), new Noise(97, 3), new Noise(28, 1) })
        {
            var recipe = images.Read(0).Height == 28 ? Recipe.Find("fashion-mnist").Build(images) : Recipe.Find("folder").Build(images);
            var steps = Ablation.Of(recipe, images, new(Minutes: 3));
            Assert.All(steps, step => step.Options.Validate());
            Assert.All(steps, step => Assert.Equal(recipe.Training with { Budget = new(Minutes: 3) }, step.Options.Training));
            Assert.Equal(steps.Count, steps.Select(step => step.Options.Recipe).Distinct().Count());
        }
    }

    [Fact]
    public void Random_crops_are_the_recipes_on_every_step()
    {
        var images = new Noise(96, 3);
        Assert.All(Ablation.Of(Recipe.Find("stl10").Build(images), images, new(Images: 32)), step =>
            Assert.Equal(32, step.Options.Input.Margin));
    }

    [Fact]
    public void Each_step_changes_what_it_says()
    {
        var steps = Colour().ToDictionary(step => step.Name, step => step.Options.Method);
        CpcV2Options Of(string name) => (CpcV2Options)steps[name];
        PatchEncoderOptions Network(string name) => NetworkOf(steps[name]);
        GridGeometry Grid(string name) => ((PatchGridOptions)steps[name].Kept).Grid(new(32, 32, 3));
        Assert.Equal((1, Norm.None, 128), (Network("v1").Channels, Network("v1").Norm, Network("v1").Features));
        Assert.Equal(Network("v1"), Network("projections"));
        Assert.Equal([Direction.Down], Of("MC").Directions);
        Assert.Equal(512, Network("MC").Features);
        Assert.Equal([Direction.Down, Direction.Up], Of("BU").Directions);
        Assert.Equal((Norm.None, Norm.Layer), (Network("BU").Norm, Network("LN").Norm));
        Assert.Equal((1, 3), (Network("LN").Channels, Network("RC").Channels));
        Assert.Equal((0, 0.25), (Of("LN").Augmentation.ColourDrop, Of("RC").Augmentation.ColourDrop)); // the recipe's share
        Assert.Equal((2, 4), (Of("RC").Directions.Count, Of("HP").Directions.Count));
        Assert.Equal((8, 4, 7), (Grid("HP").Patch, Grid("HP").Stride, Grid("HP").Rows));
        Assert.Equal((10, 4, 6), (Grid("LP").Patch, Grid("LP").Stride, Grid("LP").Rows));
        Assert.Equal([3, 4, 5], Of("LP").Offsets);
        Assert.Equal((0, 2), (Of("LP").Augmentation.Primitives, Of("PA").Augmentation.Primitives));
        Assert.Equal((4.0 / 64, 0), (Of("LP").Augmentation.Trim, Of("PA").Augmentation.Trim));
        Assert.Equal((0, 0.1), (Network("PA").Whitening, Network("recipe").Whitening));
    }

    [Fact]
    public void Larger_patches_overlap_about_as_the_papers_do()
    {
        GridGeometry Of(PretrainOptions recipe, IImageSource images) =>
            Ablation.Of(recipe, images, new(Images: 32)).Single(step => step.Name == "LP").Options is var larger
            ? ((PatchGridOptions)larger.Method.Kept).Grid(larger.Input) : null!;
        Assert.Equal(new(96, 96, 40, 18), Of(Recipe.Find("imagewang-96").Build(new Noise(96, 3)), new Noise(96, 3))); // 4 x 4
        Assert.Equal(new(64, 64, 20, 8), Of(Recipe.Find("stl10").Build(new Noise(96, 3)), new Noise(96, 3)));     // 6 x 6
        Assert.Equal(new(28, 28, 10, 4), Of(Recipe.Find("fashion-mnist").Build(new Noise(28, 1)), new Noise(28, 1))); // 5 x 5
    }

    [Fact]
    public void Of_many_channels_all_but_one_are_dropped_and_no_step_is_grey()
    {
        var images = new Noise(32, 5);
        var steps = Ablation.Of(Recipe.Find("folder").Build(images), images, new(Images: 32));
        Assert.All(steps, step => Assert.Equal(5, step.Options.Input.Channels));
        Assert.Equal((0, 0.25, 0.25), (Drop("LN"), Drop("RC"), Drop("PA")));
        Assert.All(steps, step => Assert.Empty(step.Options.Reasons)); // they are the recipe's

        double Drop(string name) => steps.Single(step => step.Name == name).Options.Method is CpcV2Options method
            ? method.Augmentation.ColourDrop : -1;
    }

    [Fact]
    public void Grey_images_have_no_colour_to_drop()
    {
        var images = new Noise(28, 1);
        var steps = Ablation.Of(Recipe.Find("fashion-mnist").Build(images), images, new(Images: 64));
        Assert.DoesNotContain(steps, step => step.Name == "RC");
        Assert.All(steps, step => Assert.Equal((1, 0.0),
            (step.Options.Input.Channels, step.Options.Method is CpcV2Options method ? method.Augmentation.ColourDrop : 0)));
        Assert.Equal(8, NetworkOf(steps[0].Options.Method).StemKernel); // of whole patches
        Assert.Equal(10, NetworkOf(steps[^2].Options.Method).StemKernel);
        Assert.Equal("fashion-mnist/recipe", steps[^1].Options.Recipe);
    }

    /// <summary>At the paper's sizes the ablation leads from its first encoder and patches to its last.</summary>
    [Fact]
    public void At_the_papers_sizes_the_first_step_is_the_papers_first_version()
    {
        var images = new Noise(260, 3);
        var published = new CpcV2Options
        {
            Encoder = new(80, 36, ResNet.Of161(3, 80)),
            Augmentation = PatchAugmentation.Published,
            Offsets = [3, 4, 5],
        };
        var steps = Ablation.Of(new("paper", new(260, 260, 3) { Mean = [0.5, 0.5, 0.5], Std = [0.2, 0.2, 0.2] }, published,
            new TrainingOptions { Budget = new(Epochs: 1) }), images, new(Epochs: 1));
        var first = steps[0].Options.Method;
        var grid = ((PatchGridOptions)first.Kept).Grid(new(260, 260, 3));
        Assert.Equal(ResNet.Of101(1, 64).Blocks, NetworkOf(first).Blocks);
        Assert.Equal((64, 32, 7), (grid.Patch, grid.Stride, grid.Rows));
        Assert.Equal([2, 3, 4, 5, 6], ((CpcV1Options)first).Offsets);
        Assert.Equal("PA", steps[^1].Name);
        Assert.Equal(published.Encoder, steps[^1].Options.Method.Kept);
    }

    [Fact]
    public void A_recipe_of_the_first_version_is_refused()
    {
        var images = new Noise(32, 3);
        var first = Colour(images)[0].Options;
        Assert.Contains("name a recipe of CPC v2",
            Assert.Throws<ArgumentException>(() => Ablation.Of(first, images, new(Images: 1))).Message, StringComparison.Ordinal);
    }
}
