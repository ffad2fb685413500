using Foresee.Encoders;
using Foresee.Images;
using Foresee.Methods;
using Foresee.Recipes;
using Foresee.Reports;
using Foresee.Tests.Images;
using Foresee.Torch;

namespace Foresee.Tests.Recipes;

/// <summary>What the recipe `folder` makes of channels and bits.</summary>
public sealed class ImageSurveyTests : IDisposable
{
    private const int Side = 16;
    private readonly Scratch scratch = new();

    public void Dispose() => scratch.Dispose();

    /// <summary>Values from the number of the channel times 1000 on, so many of them.</summary>
    private void Tiff(string name, int channels, int bits, int values)
    {
        var pixels = Enumerable.Range(0, Side * Side * channels)
            .Select(i => (bits == 16 ? 1000 * (i % channels + 1) : 0) + i / channels % values);
        scratch.Write(name, new MadeTiff(Side, Side, channels, bits) { Photometric = channels == 3 ? 2 : 1 }.File([.. pixels]));
    }

    private PretrainOptions Build() => Recipe.Find("folder").Build(new ImageFolder(scratch.Folder)).Validate();

    [Fact]
    public void Most_images_decide_the_channels_and_the_others_are_named_and_left_out()
    {
        for (var i = 0; i < 3; i++) Tiff($"{i}.tif", 5, 8, 100);
        Tiff("x.tif", 3, 8, 100);
        Tiff("y.tif", 4, 8, 100);
        var options = Build();
        Assert.Equal((5, LevelWindow.Whole), (options.Input.Channels, options.Input.Window));
        Assert.Contains("5 channels: so many have 3 of 5 images looked at", options.Reasons);
        using var loader = new ImageLoader(new ImageFolder(scratch.Folder), options.Loading() with { BatchSize = 5 });
        Assert.Equal([0, 1, 2], loader.Pass().SelectMany(batch => batch.Indices));
        Assert.Equal(["it has 3 channels, but 5 were asked for; keep images with as many channels in a folder of their own",
            "it has 4 channels, but 5 were asked for; keep images with as many channels in a folder of their own"],
            loader.Skipped.Select(image => image.Reason));
    }

    [Fact]
    public void Channels_beyond_colour_have_a_window_each_and_the_run_keeps_it()
    {
        Tiff("a.tif", 4, 16, 200);
        Tiff("b.tif", 4, 16, 250);
        var options = Build();
        // 256 pixels: less than a value is left outside
        Assert.Equal(new([1000, 2000, 3000, 4000], [1249, 2249, 3249, 4249]), options.Input.Window);
        Assert.Equal(options.Input, options.Loading().Input);
        var run = new RunDescription
        {
            Command = "",
            Recipe = "folder",
            Options = RunDescription.OptionsOf(options),
            Seeds = new Dictionary<string, long>(),
            Data = new("", "", 2),
            Versions = new("", "", "", ""),
            Machine = Machine.Read(),
            Started = default
        };
        Assert.Equal(options.Input, run.ReadOptions<PretrainOptions>().Input);
        Assert.Equal(
        [
            "colour dropping: one of the 4 channels, chosen at random, takes the place of all others in 25 % of the patches",
            "16-bit files are read as 8 bits: values of 1000 to 1249, 2000 to 2249, 3000 to 3249, 4000 to 4249 become 0 to 255, "
                + "channel by "
                + "channel; 1 in 1,000 lies below and 1 in 1,000 above",
            "pictures show the first three of 4 channels",
        ], options.Remarks());
    }

    [Fact]
    public void Colours_share_one_window()
    {
        Tiff("a.tif", 3, 16, 100);
        Tiff("grey.tif", 1, 16, 256);
        var options = Build();
        Assert.Equal((3, new LevelWindow([1000], [3099])), (options.Input.Channels, options.Input.Window));
        Assert.Equal(["16-bit files are read as 8 bits: values of 1000 to 3099 become 0 to 255; 1 in 1,000 lies below and 1 in 1,000 "
            + "above"], options.Remarks());
    }

    [Fact]
    public void A_picture_of_8_bits_beside_its_twin_of_16_gives_the_same_pixels_and_it_is_said()
    {
        int[] values = [.. Enumerable.Range(0, Side * Side).Select(i => i % 256)];
        scratch.Write("shallow.tif", new MadeTiff(Side, Side, 1, 8).File(values));
        scratch.Write("deep.tif", new MadeTiff(Side, Side, 1, 16).File([.. values.Select(value => value * 257)]));
        var options = Build();
        Assert.Equal(LevelWindow.Whole, options.Input.Window);
        Assert.Contains(options.Warnings, warning => warning.StartsWith("some images have 8 bits and some 16", StringComparison.Ordinal));
        var folder = new ImageFolder(scratch.Folder);
        var format = new InputFormat(Side, Side, 1) { Window = options.Input.Window };
        Assert.Equal(folder.Read(0, format).Pixels, folder.Read(1, format).Pixels);
    }

    [Fact]
    public void Files_that_lie_in_turns_with_unreadable_ones_are_looked_at_all_the_same()
    {
        for (var i = 0; i < 210; i++)
        {
            Tiff($"{i:000}-b.tif", 1, 8, 100);
            scratch.Write($"{i:000}-a.tif", [1, 2, 3]);
        }
        Assert.Equal(32, Build().Training.BatchSize);
    }

    [Fact]
    public void Where_no_image_can_be_read_the_first_ones_reason_is_said()
    {
        scratch.Write("a.png", "<html></html>"u8.ToArray());
        var message = Assert.Throws<ImageDataException>(Build).Message;
        Assert.EndsWith($"The first: {scratch.At("a.png")}: it is an HTML page, not an image", message, StringComparison.Ordinal);
    }

    [Fact]
    public void One_readable_image_is_refused_with_what_is_needed()
    {
        Tiff("a.tif", 1, 8, 100);
        scratch.Write("b.tif", [1, 2, 3]);
        Assert.Contains("at least 2", Assert.Throws<ImageDataException>(Build).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Images_that_are_all_alike_are_said_to_teach_nothing()
    {
        for (var i = 0; i < 4; i++) scratch.Png($"{i}.png", 9, Side);
        Assert.Contains(Build().Warnings, warning => warning.StartsWith("the images are all alike", StringComparison.Ordinal));
    }

    [Fact]
    public void Grey_images_of_8_bits_need_no_remark_but_what_is_left_out()
    {
        Tiff("a.tif", 1, 8, 100);
        Tiff("b.tif", 1, 8, 90);
        Assert.Equal(["left out of the augmentation, without meaning for 1 channel: ColourDrop"], Build().Remarks());
    }

    [Theory]
    [InlineData(0.03, 1000, true)]   // a sky that is a little brighter than the ground
    [InlineData(0, 1000, false)]     // noise looks the same any way
    [InlineData(0, 100, true)]       // too few to know
    public void Images_without_an_upside_are_known_by_their_mean(double sky, int count, bool upright)
    {
        using var scope = TensorScope.Begin();
        using var generator = new Generator(1);
        var images = Tensor.Rand([count, 3, 16, 16], generator);
        images.Narrow(2, 0, 8).Add_(Tensor.Full([], sky));
        Assert.Equal(upright, PixelStatistics.IsUpright(images));
    }

    [Theory]
    [InlineData(0.03, 1000, true)]   // a left that is a little brighter than the right
    [InlineData(0, 1000, false)]     // noise looks the same in a mirror
    [InlineData(0, 100, true)]       // too few to know
    public void Images_with_a_side_are_known_by_their_mean_and_k_means_codes_mirror_images_of_others(double left, int count, bool sided)
    {
        using var scope = TensorScope.Begin();
        using var generator = new Generator(1);
        var images = Tensor.Rand([count, 3, 16, 16], generator);
        images.Narrow(3, 0, 8).Add_(Tensor.Full([], left));
        images.Narrow(2, 0, 8).Add_(Tensor.Full([], 0.1)); // a sky is no side
        Assert.Equal(sided, PixelStatistics.IsSided(images));
        var options = KMeansFeaturesOptions.For(new("folder", count, new(16, 16, 3)) { Sided = sided });
        Assert.Equal(!sided, options.Mirror);
    }

    [Theory]
    [InlineData(255, 0, 1, true)]      // a thing in the middle of white
    [InlineData(0, 0, 3, true)]        // of black
    [InlineData(130, 6, 1, true)]      // of grey that a camera made uneven, on both sides of a level's end
    [InlineData(255, 120, 1, false)]   // something everywhere
    public void An_empty_ground_is_known_by_the_edges(int ground, int unevenness, int channels, bool empty)
    {
        var random = new Random(1);
        var images = new float[50 * channels * 32 * 32];
        for (var i = 0; i < images.Length; i++)
        {
            var (x, y) = (i % 32, i / 32 % 32);
            var inside = x is > 5 and < 26 && y is > 5 and < 26;
            images[i] = (inside ? random.Next(256) : ground - random.Next(unevenness + 1)) / 255f;
        }
        using var scope = TensorScope.Begin();
        Assert.Equal(empty, PixelStatistics.IsOnEmptyGround(Tensor.From(images, 50, channels, 32, 32)));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Views_of_images_without_an_upside_are_turned_and_mirrored(bool upright)
    {
        var data = new DataProfile("folder", 1000, new(64, 64, 3)) { Upright = upright };
        var all = MethodOptions.Names.Select(name => MethodOptions.For(name, data)).OfType<ViewOptions>().ToList();
        Assert.All(all.Where(options => options is not UprightOptions), options =>
            Assert.Equal(upright ? (0, 0) : (0.5, 1), (options.Augmentation.VerticalFlip, options.Augmentation.QuarterTurns)));
        Assert.All(all.OfType<UprightOptions>(), options => // what is up is their question
            Assert.Equal(!upright, options.Remarks(data.Input).Any(remark => remark.Contains("no upside", StringComparison.Ordinal))));
    }
}
