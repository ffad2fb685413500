using System.Globalization;
using Foresee.Encoders;
using Foresee.Images;
using Foresee.Torch;

namespace Foresee.Tests.Images;

public sealed class ImageLoaderTests
{
    private static readonly LoaderOptions Four = new() { BatchSize = 4, Seed = 3, Input = new(2, 2, 1), Prefetch = 3 };

    /// <summary>Image i is 2 x 2 grey pixels of value i; the numbers in Bad can't be read. Slow reads finish out of order.</summary>
    private sealed class Numbers(int count, bool held, params int[] bad) : IImageSource
    {
        public int Reads;
        public int Fails = -1;
        public string Name => "numbers";
        public int Count => count;
        public string Describe(int index) => index.ToString(CultureInfo.InvariantCulture);
        public bool Holds(InputFormat fit) => held;
        public string Hash(CancellationToken cancel = default) => "";
        public Image Read(int index, InputFormat fit) => Read(index);

        public Image Read(int index)
        {
            Interlocked.Increment(ref Reads);
            if (!held) Thread.SpinWait(index % 7 * 2000);
            if (index == Fails) throw new TimeoutException();
            if (bad.Contains(index)) throw new UnreadableImageException(Describe(index), "made so");
            return new(2, 2, 1, [(byte)index, (byte)index, (byte)index, (byte)index]);
        }
    }

    private static List<int[]> Collect(ImageLoader loader, int batches, LoaderPosition from = default)
    {
        var result = new List<int[]>();
        foreach (var batch in loader.Batches(from).Take(batches))
        {
            Assert.Equal([batch.Count, 1, 2, 2], batch.ToTensor().Shape);
            Assert.Equal(batch.Indices.SelectMany(i => Enumerable.Repeat((byte)i, 4)), batch.Pixels.ToArray());
            result.Add(batch.Indices);
            batch.Dispose();
        }
        return result;
    }

    [Theory]
    [InlineData(1, false)]
    [InlineData(2, false)]
    [InlineData(5, false)]
    [InlineData(1, true)]
    public void The_order_depends_on_the_seed_and_not_on_threads_or_memory(int threads, bool held)
    {
        using var one = new ImageLoader(new Numbers(30, held: false), Four);
        using var other = new ImageLoader(new Numbers(30, held), Four with { Threads = threads });
        Assert.Equal(Collect(one, 25), Collect(other, 25));
        using var reseeded = new ImageLoader(new Numbers(30, held), Four with { Seed = 4 });
        Assert.NotEqual(Collect(one, 5), Collect(reseeded, 5));
    }

    [Fact]
    public void An_epoch_holds_every_image_once_and_the_next_is_in_another_order()
    {
        using var loader = new ImageLoader(new Numbers(32, held: false), Four);
        var batches = Collect(loader, 16);
        var first = batches.Take(8).SelectMany(b => b).ToArray();
        var second = batches.Skip(8).SelectMany(b => b).ToArray();
        Assert.Equal(Enumerable.Range(0, 32), first.Order());
        Assert.Equal(Enumerable.Range(0, 32), second.Order());
        Assert.NotEqual(first, second);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Reading_goes_on_from_any_saved_position_as_if_never_stopped(bool dropLast)
    {
        using var loader = new ImageLoader(new Numbers(30, held: false, 5, 11), Four with { DropLast = dropLast });
        var positions = new List<LoaderPosition> { default };
        var all = new List<int[]>();
        foreach (var batch in loader.Batches().Take(20))
        {
            all.Add(batch.Indices);
            positions.Add(batch.Next);
            batch.Dispose();
        }
        for (var i = 0; i < 20; i++)
        {
            using var resumed = new ImageLoader(new Numbers(30, held: false, 5, 11), Four with { DropLast = dropLast, Threads = 3 });
            Assert.Equal(all.Skip(i), Collect(resumed, 20 - i, positions[i]));
        }
    }

    [Fact]
    public void The_rest_of_an_epoch_is_dropped_or_comes_as_a_smaller_batch()
    {
        using var drop = new ImageLoader(new Numbers(30, held: true), Four);
        using var keep = new ImageLoader(new Numbers(30, held: true), Four with { DropLast = false });
        Assert.Equal((7, 8), (drop.BatchesPerEpoch, keep.BatchesPerEpoch));
        Assert.Equal([4, 4, 4, 4, 4, 4, 4, 4], Collect(drop, 8).Select(b => b.Length));
        Assert.Equal([4, 4, 4, 4, 4, 4, 4, 2, 4], Collect(keep, 9).Select(b => b.Length));
        Assert.Equal(new LoaderPosition(1, 0), drop.Batches(new(0, 24)).First().Next);
    }

    [Fact]
    public void Unreadable_images_are_named_once_and_replaced_so_that_batches_stay_full()
    {
        var source = new Numbers(16, held: false, 2, 9);
        using var loader = new ImageLoader(source, Four with { CacheBytes = 0 });
        var batches = Collect(loader, 12); // three epochs
        Assert.All(batches, b => Assert.Equal(4, b.Length));
        Assert.DoesNotContain(batches, b => b.Contains(2) || b.Contains(9));
        Assert.Equal([new SkippedImage(2, "2", "made so"), new SkippedImage(9, "9", "made so")], loader.Skipped);
        Assert.All(batches, b => Assert.Equal(4, b.Distinct().Count()));
    }

    [Fact]
    public void A_pass_is_in_order_and_leaves_unreadable_images_out()
    {
        using var loader = new ImageLoader(new Numbers(10, held: false, 0, 1, 2, 3, 6), Four);
        Assert.Equal([[4, 5, 7], [8, 9]], loader.Pass().Select(b => b.Indices));
        Assert.Equal([[9, 5]], loader.Pass([9, 6, 5]).Select(b => b.Indices));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_source_without_one_readable_image_is_an_error(bool held)
    {
        using var loader = new ImageLoader(new Numbers(6, held, 0, 1, 2, 3, 4, 5), Four);
        foreach (var run in new Action[] { () => loader.Batches().First(), () => loader.Pass().ToArray() })
            Assert.Equal("None of the 6 images of numbers can be read. The first: 0: made so",
                Assert.Throws<ImageDataException>(run).Message);
        Assert.Contains("None of the 6 images", Assert.Throws<ImageDataException>(() =>
            new ImageLoader(new Numbers(6, held, 0, 1, 2, 3, 4, 5), new())).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Images_are_read_once_while_the_memory_limit_allows()
    {
        var all = new Numbers(16, held: false); // one thread: two may meet at one image and read it twice
        using (var loader = new ImageLoader(all, Four with { Threads = 1 })) Collect(loader, 40);
        Assert.Equal(16, all.Reads);
        var some = new Numbers(16, held: false);
        using (var loader = new ImageLoader(some, Four with { CacheBytes = 10 * 4, Prefetch = 1, Threads = 1 })) Collect(loader, 8);
        Assert.InRange(some.Reads, 16 + 6, 16 + 6 + 4); // ten kept; one batch may have been read ahead
    }

    [Fact]
    public void No_more_than_the_prefetched_batches_are_read_ahead()
    {
        var source = new Numbers(200, held: false);
        using var loader = new ImageLoader(source, Four with { Prefetch = 3 });
        using var batches = loader.Batches().GetEnumerator();
        batches.MoveNext();
        SpinWait.SpinUntil(() => Volatile.Read(ref source.Reads) >= 16, TimeSpan.FromSeconds(30)); // the one in hand and three ahead
        Thread.Sleep(100);
        Assert.Equal(4 * (1 + 3), source.Reads);
    }

    [Fact]
    public void Disposal_stops_the_threads_and_ends_a_batch_in_hand()
    {
        var source = new Numbers(200, held: false);
        using var loader = new ImageLoader(source, Four);
        using var batches = loader.Batches().GetEnumerator();
        batches.MoveNext();
        loader.Dispose();
        var reads = source.Reads;
        Assert.Throws<ObjectDisposedException>(() => batches.MoveNext());
        Thread.Sleep(50);
        Assert.Equal(reads, source.Reads);
    }

    [Fact]
    public void A_fault_that_is_not_the_images_comes_out_at_its_batch_after_those_before_it()
    {
        using var loader = new ImageLoader(new Numbers(40, held: false) { Fails = 9 }, Four);
        var seen = new List<int>();
        Assert.Throws<TimeoutException>(() =>
        {
            foreach (var batch in loader.Pass())
                using (batch) seen.AddRange(batch.Indices);
        });
        Assert.Equal(Enumerable.Range(0, 8), seen); // image 9 is in the third batch of four
    }

    [Fact]
    public void Batches_leave_no_tensors_behind()
    {
        using var loader = new ImageLoader(new Numbers(40, held: false), Four);
        using var scope = TensorScope.Begin();
        var before = LivingTensors.Settled();
        foreach (var batch in loader.Batches().Take(50)) batch.Dispose();
        Assert.True(loader.WaitingSeconds > 0);
        Assert.InRange(Tensor.Living, 0, before);
    }

    [Fact]
    public void Faults_of_the_options_are_named_together()
    {
        var message = Assert.Throws<ImageDataException>(() =>
            new ImageLoader(new Numbers(4, held: true), new() { BatchSize = 0, Threads = -1, Input = new(2, 2, 0) })).Message;
        Assert.Contains("BatchSize is 0", message, StringComparison.Ordinal);
        Assert.Contains("Threads is -1", message, StringComparison.Ordinal);
        Assert.Contains("images of 0 channels", message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_batch_larger_than_the_source_and_a_position_outside_it_are_errors()
    {
        using var loader = new ImageLoader(new Numbers(3, held: true), Four);
        Assert.Contains("at most 3", Assert.Throws<ImageDataException>(() => loader.Batches()).Message, StringComparison.Ordinal);
        using var enough = new ImageLoader(new Numbers(8, held: true), Four);
        Assert.Contains("Position 8 of epoch 0", Assert.Throws<ImageDataException>(() => enough.Batches(new(0, 8))).Message,
            StringComparison.Ordinal);
    }
}
