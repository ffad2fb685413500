using System.Collections.Concurrent;
using Foresee.Torch;

namespace Foresee.Augmentation;

/// <summary>Where a view comes from, unless a change crops it.</summary>
/// <param name="Mirrored">Left to right, within the window.</param>
internal readonly record struct ViewPlace(int Image, Window Window, bool Mirrored = false);

/// <summary>
/// Changes views at random, view by view, so that a view stays in the processor's cache from its first change to its last. The same for
/// patches and whole images. Works on the CPU, on as many threads as it is given; the result is the same for any number.
/// </summary>
internal sealed class Augmenter
{
    private const long WorthAThread = 20_000; // values; starting one costs as much as some thousand
    private const int JobsAThread = 4;        // so that a thread which other work holds up keeps the others waiting less

    private readonly ViewFormat format;
    private readonly ITransform?[] changes; // null: switched off or without meaning; the place in the list seeds its random numbers
    private readonly Normalisation normalisation;
    private readonly ConcurrentBag<Workspace> idle = [];

    /// <param name="changes">In the order in which they are applied; null holds the place of what is left out.</param>
    public Augmenter(IReadOnlyList<ITransform?> changes, ViewFormat format)
    {
        this.format = format;
        this.changes = [.. changes.Select(change => change?.For(format.Channels, []))];
        normalisation = new(format);
    }

    /// <param name="images">[B, C, height, width], UInt8, or Float32 in 0..1; contiguous, on the CPU</param>
    /// <param name="count">Of views.</param>
    /// <param name="places">From a view's index to where it comes from; called from several threads.</param>
    /// <param name="windows">That a view of another image may come from; none for the view's own.</param>
    /// <param name="first">The place of the first view in a batch of which these are a part.</param>
    /// <returns>[count, C, format's height, format's width], normalised</returns>
    public Tensor Make(Tensor images, int count, Func<int, ViewPlace> places, Window[] windows, ulong seed, int threads, int first = 0)
    {
        var views = Tensor.Empty([count, format.Channels, format.Height, format.Width]);
        var jobs = (int)Math.Min(JobsAThread * threads, 1 + (long)count * format.Values / WorthAThread);
        void Range(int job)
        {
            var (from, to) = ((int)((long)count * job / jobs), (int)((long)count * (job + 1) / jobs));
            var source = Source(images);
            var values = views.Data<float>();
            if (!idle.TryTake(out var work)) work = new(format);
            for (var view = from; view < to; view++)
                Make(source, first + view, places(view), windows, seed, values.Slice(view * format.Values, format.Values), work);
            idle.Add(work);
        }
        if (jobs == 1 || threads == 1) for (var job = 0; job < jobs; job++) Range(job);
        // Engine.ParallelJobs would set the operators' threads first; there are none here
        else Parallel.For(0, jobs, new() { MaxDegreeOfParallelism = threads }, Range);
        return views;
    }

    private static ViewSource Source(Tensor images)
    {
        var (channels, height, width) = ((int)images.Size(1), (int)images.Size(2), (int)images.Size(3));
        return images.DType == DType.UInt8
            ? new(images.Data<byte>(), [], channels, height, width)
            : new([], images.Data<float>(), channels, height, width);
    }

    private void Make(in ViewSource images, int view, ViewPlace place, Window[] windows, ulong seed, Span<float> values, Workspace work)
    {
        work.Warp.Clear(place.Window);
        for (var i = 0; i < changes.Length; i++)
        {
            if (changes[i] is not { } change) continue;
            var random = new ViewRandom(seed, view, i);
            change.Move(work.Warp, ref random);
        }
        Read(images, place, values, work);
        var pixels = new ViewPixels(values, work.Scratch, format.Channels, format.Height, format.Width, format.Range, (float)format.Fill,
            new(images, place with { Window = work.Warp.Window }, windows, work.Reader));
        for (var i = 0; i < changes.Length; i++)
        {
            if (changes[i] is not { } change) continue;
            var random = new ViewRandom(seed, view, i);
            change.Change(pixels, ref random);
        }
        normalisation.Apply(pixels);
    }

    private void Read(in ViewSource images, ViewPlace place, Span<float> values, Workspace work)
    {
        var (warp, lies) = (work.Warp, work.Warp.Orientation);
        work.Reader.Read(images, place.Image, warp.Window, place.Mirrored != lies.Mirrored, lies.UpsideDown, values);
        if (lies.Transposed) Transpose(values);
        if (!warp.IsWhole) work.Resampler.Apply(warp, values, format.Channels, (float)format.Fill, format.Edge);
    }

    /// <summary>Rows and columns of each square channel exchanged.</summary>
    private void Transpose(Span<float> values)
    {
        var side = format.Width;
        for (var c = 0; c < format.Channels; c++)
        {
            var plane = values.Slice(c * side * side, side * side);
            for (var y = 1; y < side; y++)
                for (var x = 0; x < y; x++) (plane[y * side + x], plane[x * side + y]) = (plane[x * side + y], plane[y * side + x]);
        }
    }

    /// <summary>What one thread needs for one view at a time.</summary>
    private sealed class Workspace(ViewFormat format)
    {
        public Warp Warp { get; } = new(format.Height, format.Width);
        public WindowReader Reader { get; } = new(format);
        public Resampler Resampler { get; } = new(format.Height, format.Width);
        public float[] Scratch { get; } = new float[format.Values];
    }
}
