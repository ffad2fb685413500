using Foresee.Encoders;
using Foresee.Images;

namespace Foresee.Tests.Images;

public sealed class ImageBatchTests
{
    private static readonly byte[] Bytes = [.. Enumerable.Range(0, 2 * 3 * 4 * 5).Select(i => (byte)i)];

    [Fact]
    public void A_batch_holds_its_bytes_plane_by_plane()
    {
        using var batch = new ImageBatch(Bytes, new(4, 5, 3), [7, 9]);
        using var tensor = batch.ToTensor();
        Assert.Equal(Bytes, batch.Pixels.ToArray());
        Assert.Equal([2, 3, 4, 5], tensor.Shape);
        Assert.Equal(Bytes, tensor.ToArray<byte>());
    }

    [Fact]
    public void A_batch_that_was_given_back_shows_no_other_batchs_pixels()
    {
        var batch = new ImageBatch(Bytes, new(4, 5, 3), [7, 9]);
        batch.Dispose();
        batch.Dispose(); // giving one array back twice would hand it to two batches
        Assert.Throws<ObjectDisposedException>(() => batch.Pixels.Length);
    }

    [Fact]
    public void Too_few_or_too_many_bytes_are_refused()
    {
        Assert.Contains("120 bytes, got 119", Assert.Throws<ArgumentException>(() =>
            new ImageBatch(Bytes.AsSpan(1), new(4, 5, 3), [7, 9])).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => new ImageBatch(Bytes, new(4, 5, 3), [7]));
    }
}
