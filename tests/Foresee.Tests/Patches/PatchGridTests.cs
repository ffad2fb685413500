using Foresee.Patches;
using Foresee.Torch;

namespace Foresee.Tests.Patches;

public sealed class PatchGridTests
{
    [Theory]
    [InlineData(28, 8, 4, 6, 2)]
    [InlineData(32, 8, 4, 7, 2)]
    [InlineData(260, 80, 36, 6, 3)]  // CPC v2
    [InlineData(256, 64, 32, 7, 2)]  // CPC v1
    [InlineData(96, 24, 12, 7, 2)]
    [InlineData(64, 16, 8, 7, 2)]
    [InlineData(28, 10, 6, 4, 2)]
    public void Published_geometries_give_published_grids(int side, int patch, int stride, int rows, int offset)
    {
        var grid = new GridGeometry(side, side, patch, stride).Validate();
        Assert.Equal((rows, rows), (grid.Rows, grid.Columns));
        Assert.Equal(offset, grid.FirstOffsetWithoutSharedPixels);
    }

    [Fact]
    public void The_middle_of_a_larger_image_is_taken_and_of_no_other()
    {
        using var scope = TensorScope.Begin();
        var images = Tensor.From([.. Enumerable.Range(0, 7 * 6).Select(i => (float)i)], 1, 1, 7, 6);
        var middle = PatchGrid.Centre(images, 4, 4);
        Assert.Equal([7, 8, 9, 10, 13, 14, 15, 16, 19, 20, 21, 22, 25, 26, 27, 28], middle.ToArray<float>());
        Assert.Same(images, PatchGrid.Centre(images, 7, 6));
    }

    [Fact]
    public void Patches_are_the_pixels_a_slow_loop_finds()
    {
        using var scope = TensorScope.Begin();
        using var generator = new Generator(1);
        var grid = new GridGeometry(11, 9, 4, 3);
        var images = Tensor.Rand([2, 3, 11, 9], generator);
        var pixels = images.ToArray<float>();
        var patches = PatchGrid.Extract(images, grid).ToArray<float>();
        var at = 0;
        for (var b = 0; b < 2; b++)
            for (var i = 0; i < grid.Rows; i++)
                for (var j = 0; j < grid.Columns; j++)
                    for (var c = 0; c < 3; c++)
                        for (var y = 0; y < 4; y++)
                            for (var x = 0; x < 4; x++)
                                Assert.Equal(pixels[((b * 3 + c) * 11 + i * 3 + y) * 9 + j * 3 + x], patches[at++]);
        Assert.Equal(patches.Length, at);
    }

    [Fact]
    public void Faults_carry_value_expectation_and_remedy()
    {
        var error = Assert.Throws<ArgumentException>(() => new GridGeometry(6, 28, 8, 9).Validate());
        Assert.Contains("6 x 28 pixels", error.Message, StringComparison.Ordinal);
        Assert.Contains("1..8", error.Message, StringComparison.Ordinal);
    }
}
