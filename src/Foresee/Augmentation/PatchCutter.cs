using System.Collections.Concurrent;
using System.Numerics;
using System.Runtime.CompilerServices;
using Foresee.Patches;
using Foresee.Torch;

namespace Foresee.Augmentation;

/// <summary>
/// Cuts images into patches and changes each by itself, patch by patch, so that a patch stays in the processor's cache from its first
/// change to its last. Works on the CPU, on as many threads as it is given; the result is the same for any number.
/// </summary>
public sealed class PatchCutter
{
    private const long WorthAThread = 20_000; // values; starting one costs as much as some thousand
    private const int JobsAThread = 4;        // so that a thread which other work holds up keeps the others waiting less

    private readonly PatchAugmentation options;
    private readonly GridGeometry grid;
    private readonly IPatchTransform?[] changes; // null: switched off or without meaning; the place in the list seeds its random numbers
    private readonly int channels;
    private readonly float[] scale, offset;
    private readonly ConcurrentBag<Workspace> idle = [];

    /// <param name="mean">Per channel, of pixels in 0..1; null for 0.</param>
    /// <param name="deviation">Per channel, of pixels in 0..1; null for 1.</param>
    public PatchCutter(PatchAugmentation options, GridGeometry grid, int channels, IReadOnlyList<double>? mean = null, IReadOnlyList<double>? deviation = null)
    {
        (this.options, this.grid, this.channels) = (options, grid.Validate(), channels);
        changes = [.. options.Changes().Select(change => change?.For(channels, []))];
        scale = [.. Enumerable.Range(0, channels).Select(c => (float)(1 / (deviation?[c] ?? 1)))];
        offset = [.. Enumerable.Range(0, channels).Select(c => (float)(-(mean?[c] ?? 0) / (deviation?[c] ?? 1)))];
    }

    /// <param name="images">[B, C, height, width] of the grid's size and the margin, UInt8, or Float32 in 0..1.</param>
    /// <param name="generator">On the images' device; one number of it seeds the whole batch.</param>
    /// <returns>[B·H·W, C, p, p], in the order image, row, column; on the images' device.</returns>
    public Tensor Cut(Tensor images, Generator generator, int? threads = null)
    {
        Check(images);
        using var scope = TensorScope.Begin();
        var seed = (ulong)Tensor.RandInt(0, long.MaxValue, [1], generator, images.Device).ToInt64();
        var source = Cropped(images.To(Device.Cpu), seed).Contiguous();
        var count = (int)images.Size(0) * grid.Positions;
        var size = channels * grid.Patch * grid.Patch;
        var patches = Tensor.Empty([count, channels, grid.Patch, grid.Patch]);
        var all = threads ?? Engine.Threads;
        var jobs = (int)Math.Min(JobsAThread * all, 1 + (long)count * size / WorthAThread);
        void Range(int job)
        {
            var (from, to) = ((int)((long)count * job / jobs), (int)((long)count * (job + 1) / jobs));
            var images = source.DType == DType.UInt8 ? new PatchSource(source.Data<byte>(), [], grid, channels) : new PatchSource([], source.Data<float>(), grid, channels);
            var values = patches.Data<float>();
            if (!idle.TryTake(out var work)) work = new(grid.Patch, channels);
            for (var patch = from; patch < to; patch++) Make(images, patch, seed, values.Slice(patch * size, size), work);
            idle.Add(work);
        }
        if (jobs == 1 || all == 1) for (var job = 0; job < jobs; job++) Range(job);
        else Parallel.For(0, jobs, new() { MaxDegreeOfParallelism = all }, Range); // Engine.ParallelJobs would set the operators' threads first; there are none here
        return scope.Keep(patches.To(images.Device));
    }

    /// <summary>Each image at a random place of its margin.</summary>
    private Tensor Cropped(Tensor images, ulong seed)
    {
        if (options.Margin == 0) return images;
        return Tensor.Stack([.. Enumerable.Range(0, (int)images.Size(0)).Select(image =>
        {
            var place = new PatchRandom(seed, image, -3); // -1 and -2 are of the window and of the image's mirror, see Make
            var (top, left) = (place.Below(options.Margin + 1), place.Below(options.Margin + 1));
            return images.Select(0, image).Narrow(1, top, grid.Height).Narrow(2, left, grid.Width); // [C, height, width]
        })]);
    }

    private void Make(PatchSource images, int patch, ulong seed, Span<float> values, Workspace work)
    {
        var image = patch / grid.Positions;
        var position = patch % grid.Positions;
        // A place of its own in the list of changes for what comes before it: -1 the window, -2 the image (the same for all its patches).
        var window = new PatchRandom(seed, patch, -1);
        var top = position / grid.Columns * grid.Stride + window.Below(2 * options.Translation + 1) - options.Translation;
        var left = position % grid.Columns * grid.Stride + window.Below(2 * options.Translation + 1) - options.Translation;
        var mirrored = new PatchRandom(seed, image, -2).Chance(options.FlipImage);
        work.Warp.Clear();
        for (var i = 0; i < changes.Length; i++)
        {
            if (changes[i] is not { } change) continue;
            var random = new PatchRandom(seed, patch, i);
            change.Move(work.Warp, ref random);
        }
        if (mirrored) left = grid.Width - left - grid.Patch;
        images.Read(image, top, left, mirrored != work.Warp.IsMirror, values);
        if (!work.Warp.IsWhole) work.Resampler.Apply(work.Warp, values, channels, (float)options.Fill);
        var pixels = new PatchPixels(values, work.Scratch, channels, grid.Patch, options.Range, (float)options.Fill, images, image);
        for (var i = 0; i < changes.Length; i++)
        {
            if (changes[i] is not { } change) continue;
            var random = new PatchRandom(seed, patch, i);
            change.Change(pixels, ref random);
        }
        for (var c = 0; c < channels; c++) Pixels.Map(pixels.Plane(c), new Normalised(new(scale[c]), new(offset[c])));
    }

    private void Check(Tensor images)
    {
        var shape = images.Shape;
        if (shape.Length != 4 || shape[1] != channels || shape[2] != grid.Height + options.Margin || shape[3] != grid.Width + options.Margin)
            throw new ArgumentException($"Patches need images of [B, {channels}, {grid.Height + options.Margin}, {grid.Width + options.Margin}], got [{string.Join(", ", shape)}].");
        if (images.DType is not (DType.UInt8 or DType.Float32))
            throw new ArgumentException($"Patches need images of UInt8 or of Float32 in 0..1, got {images.DType}; convert them with To(DType.Float32) and scale them.");
    }

    /// <summary>What one thread needs for one patch at a time.</summary>
    private sealed class Workspace(int side, int channels)
    {
        public PatchWarp Warp { get; } = new(side);
        public Resampler Resampler { get; } = new(side);
        public float[] Scratch { get; } = new float[channels * side * side];
    }

    private readonly struct Normalised(Vector<float> scale, Vector<float> offset) : IValueMap
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector<float> Of(Vector<float> v) => v * scale + offset;
    }
}
