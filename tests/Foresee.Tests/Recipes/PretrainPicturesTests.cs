using Foresee.Images;
using Foresee.Recipes;
using Foresee.Tests.Methods;
using Foresee.Torch;

namespace Foresee.Tests.Recipes;

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
        public string Hash() => "twins";
        public bool Holds(ImageFit fit) => true;
        public Image Read(int index, ImageFit fit) => Read(index);

        public Image Read(int index)
        {
            var pixels = new byte[Side * Side];
            new Random(index % 20).NextBytes(pixels);
            return new(Side, Side, 1, pixels);
        }
    }

    private PretrainResult Run(CancellationToken cancel = default) => PretrainRun.Start(
        new("test", CpcV2Tests.Small, new() { Budget = new(Images: 16), BatchSize = 8, Seed = 3 }),
        new(new Twins(), folder, Device.Cpu, 1, "test", null, "a BLAS"), null, cancel);

    /// <summary>One patch of a picture that has a place every 9 pixels, each enlarged.</summary>
    private static byte[] At(Image picture, int columns, int row, int column)
    {
        var times = picture.Width / (columns * Cell - 1);
        return [.. from y in Enumerable.Range(0, Patch) from x in Enumerable.Range(0, Patch) select picture.Pixels[((row * Cell + y) * times * picture.Width) + (column * Cell + x) * times]];
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
            byte[] expected = [.. from y in Enumerable.Range(0, Patch) from x in Enumerable.Range(0, Patch) select pixels[(2 * Stride + y) * Side + 3 * Stride + x]];
            Assert.Equal(expected, At(picture, Columns, 2, image * (Grid + 1) + 3));
            Assert.NotEqual(expected, At(picture, Columns, Grid + 1 + 2, image * (Grid + 1) + 3));
        }
        Assert.Single(PretrainPictures.Read(folder));
    }

    [Fact]
    public void The_nearest_patch_of_a_patch_is_its_twin()
    {
        Assert.True(Run().Finished);
        var picture = ImageFile.Read(Path.Combine(folder, PretrainPictures.RetrievalFile));
        for (var query = 0; query < 8; query++)
        {
            var (row, left) = (query / 2, query % 2 * 11);
            Assert.Equal(At(picture, 21, row, left), At(picture, 21, row, left + 2));
            Assert.NotEqual(At(picture, 21, row, left), At(picture, 21, row, left + 3));
            Assert.All(At(picture, 21, row, left + 1), value => Assert.Equal(255, value)); // a space between
        }
        Assert.Equal(2, PretrainPictures.Read(folder).Count);
    }
}
