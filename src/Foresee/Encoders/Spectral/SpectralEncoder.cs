using Foresee.Images;
using Foresee.Torch;
using Foresee.Torch.Distributed;

namespace Foresee.Encoders.Spectral;

/// <summary>
/// The sparse manifold transform: Chen, Yun, Ma, Olshausen, LeCun, "Minimalistic Unsupervised Learning with the Sparse Manifold Transform",
/// ICLR 2023 (arXiv 2209.15261):
/// <code>
/// x = W p / ‖W p‖            each patch p without the mean of each channel, whitened
/// a = 1[Φᵀ x > t]            sparse code: the dictionary Φ is random whitened patches and their mirror images
/// V = Σ a aᵀ, C = Σ ā āᵀ     over all patches; over all images, with ā the sum of a over an image
/// C P ᵀ = V Pᵀ M, P V Pᵀ = I patches that occur together come to lie close: the largest M, without the first
/// β = P a / ‖P a‖            of each patch
/// </code>
/// The grid: means of β over 5 x 5 places every 3 places, their means over 3 x 3 parts of the image, each of length 1; then, not in the
/// paper, each part's mean and deviation of each channel.
/// </summary>
/// <remarks>The paper adds mirror images to the training set. Here the dictionary is closed under mirroring, so that their part of V and C
/// is a permutation of what is counted anyway, and the eigenproblem falls into two of half the size.</remarks>
public sealed class SpectralEncoder : Encoder, IMeasuresInPasses
{
    private const int Batch = 128;                // images whose codes are counted together
    private readonly SpectralEncoderOptions options;
    private readonly int evens;                   // E
    private readonly Tensor white, mean;          // [S, S], [S]
    private readonly Tensor evenAtoms, oddAtoms;  // [E, h], [S - E, h]: Φ, its even and odd part
    private readonly Tensor table;                // [h, D]: what atom 2 k adds to β
    private readonly Tensor signs;                // [D]: what its mirror image adds is this times as much
    private readonly ulong seed;

    public SpectralEncoder(SpectralEncoderOptions options, InputFormat input, Generator generator) : base(options, input)
    {
        this.options = options;
        var faults = new List<string>();
        options.Validate(input, faults);
        if (faults.Count > 0) throw new ArgumentException($"Encoder: {string.Join("; ", faults)}.");
        var size = input.Channels * options.Patch * options.Patch;
        evens = MirrorPatches.Even(input.Channels, options.Patch);
        white = Buffer("white", Tensor.Zeros([size, size]));
        mean = Buffer("mean", Tensor.Zeros([size]));
        evenAtoms = Buffer("even_atoms", Tensor.Zeros([evens, options.Half]));
        oddAtoms = Buffer("odd_atoms", Tensor.Zeros([size - evens, options.Half]));
        table = Buffer("table", Tensor.Zeros([options.Half, options.Vectors]));
        signs = Buffer("signs", Tensor.Ones([options.Vectors]));
        using var scope = TensorScope.Begin();
        seed = (ulong)Tensor.RandInt(0, int.MaxValue, [1], generator).ToInt64();
    }

    public override int Features => options.Vectors + (options.Colour > 0 ? 2 * Input.Channels : 0);

    public override int CalibrationImages => options.Images;

    /// <summary>Nothing of it is drawn by chance and kept.</summary>
    public override bool IsMeasured(string name) => true;

    // ---- Learning ----

    public override void Calibrate(Tensor images, Calibration? work = null)
    {
        IEnumerable<PassBatch> Some(int from, int count)
        {
            using var part = TensorScope.Detach(images.Narrow(0, from, count));
            yield return new([.. Enumerable.Range(from, count)], part);
        }
        Calibrate(Some, (int)images.Size(0), work ?? new());
    }

    /// <summary>Whitening and dictionary from random patches, then V and C, then the embedding.</summary>
    public void Calibrate(ImagePass pass, int count, Calibration work)
    {
        using var noGrad = Autograd.NoGrad();
        work.Doing?.Invoke("drawing patches");
        MakeDictionary(pass, count, work);
        foreach (var drawn in new[] { white, mean, evenAtoms, oddAtoms }) work.Group?.Broadcast(drawn); // others may round in other ways
        using var moments = new CodeMoments(options.Half);
        void Count(int from, int some, CancellationToken cancel)
        {
            using var still = Autograd.NoGrad(); // of this thread
            foreach (var batch in pass(from, some)) Add(batch.Images, moments, count, work.Doing, cancel);
        }
        if (work.Group is null) Count(0, count, work.Cancel);
        else
        {
            Share(work, count, (from, some, cancel) =>
            {
                Count(from, some, cancel);
                return [];
            }, _ => { });
            moments.Sum(work.Group);
        }
        Embed(moments, work);
    }

    private void Add(Tensor images, CodeMoments moments, int count, Action<string>? doing, CancellationToken cancel)
    {
        for (long from = 0; from < images.Size(0); from += Batch)
        {
            using var scope = TensorScope.Begin();
            var part = images.Narrow(0, from, Math.Min(Batch, images.Size(0) - from));
            var codes = new SparseCodes[part.Size(0)];
            Engine.ParallelJobs(codes.Length, i =>
            {
                using var inner = TensorScope.Begin();
                using var still = Autograd.NoGrad(); // of this thread
                codes[i] = Codes(part.Select(0, i));
            }, cancel);
            moments.Add(codes, cancel);
            doing?.Invoke(FormattableString.Invariant($"sparse codes of image {moments.Images:N0} of {count:N0}, ")
                + FormattableString.Invariant($"{codes.Average(code => code.All.Length / (double)code.Places):0.0} atoms a patch"));
        }
    }

    /// <summary>Images of a pass, a batch after the other to each rank; each tells all what it made of one.</summary>
    private static void Share(Calibration work, int count, Func<int, int, CancellationToken, byte[]> make, Action<byte[]> told) =>
        SharedJobs.RunOneByOne(work.Group, (count + Batch - 1) / Batch, (batch, cancel) =>
            make(batch * Batch, Math.Min(Batch, count - batch * Batch), cancel), (_, bytes) => told(bytes), work.Cancel);

    private void MakeDictionary(ImagePass pass, int count, Calibration work)
    {
        using var scope = TensorScope.Begin();
        using var generator = new Generator(seed);
        var each = (options.Patches + count - 1) / count;
        var shares = Tensor.Rand([count, each], generator).ToArray<float>(); // where in an image
        var parts = Drawn(pass, count, shares, each, work);                                // [N, S]
        var whitening = MirrorPatches.Whiten(parts, evens, options.Whitening);
        white.Copy_(whitening.White);
        mean.Copy_(whitening.Mean);
        var order = Tensor.RandPerm(parts.Size(0), generator);
        var found = new List<Tensor>();
        var (taken, from) = (0L, 0L);
        while (taken < options.Half)
        {
            if (from >= parts.Size(0))
                throw new ArgumentException($"A dictionary of {options.Half} patches needs as many that are not flat; {parts.Size(0):N0} "
                    + $"patches of these images have {taken:N0}. Take more images, or fewer atoms.");
            var some = parts.IndexSelect(0, order.Narrow(0, from, Math.Min(options.Half, parts.Size(0) - from)));
            var unit = whitening.Apply(some);
            long[] kept = [.. unit.Square().Sum(1).ToArray<float>().Index().Where(p => p.Item > 0.5f).Select(p => (long)p.Index)];
            if (kept.Length > 0) found.Add(unit.IndexSelect(0, Tensor.From(kept)));
            (taken, from) = (taken + kept.Length, from + options.Half);
        }
        var atoms = Tensor.Cat([.. found]).Narrow(0, 0, options.Half).T();                 // [S, h]
        evenAtoms.Copy_(atoms.Narrow(0, 0, evens));
        oddAtoms.Copy_(atoms.Narrow(0, evens, atoms.Size(0) - evens));
    }

    /// <summary>Patches of all images of a pass, in their order, [N, S].</summary>
    private Tensor Drawn(ImagePass pass, int count, float[] shares, int each, Calibration work)
    {
        using var scope = TensorScope.Begin();
        var drawn = new SortedDictionary<int, float[]>();                                  // by image
        PlacedRows Draw(int from, int some, CancellationToken cancel)
        {
            using var still = Autograd.NoGrad(); // of this thread
            var (places, rows) = (new List<int>(), new List<float>());
            foreach (var batch in pass(from, some))
            {
                cancel.ThrowIfCancellationRequested();
                using var inner = TensorScope.Begin();
                places.AddRange(batch.Places);
                rows.AddRange(RandomPatches(Pixels(batch.Images),
                    [.. batch.Places.SelectMany(place => shares.AsSpan(place * each, each).ToArray())]).ToArray<float>());
            }
            return new([.. places], [.. rows]);
        }
        void Keep(PlacedRows made)
        {
            foreach (var (row, place) in made.Places.Index()) drawn[place] = made.Values.AsSpan(row * made.Width, made.Width).ToArray();
        }
        if (work.Group is null) Keep(Draw(0, count, work.Cancel));
        else Share(work, count, (from, some, cancel) => Draw(from, some, cancel).ToBytes(), bytes => Keep(PlacedRows.Read(bytes)));
        var all = scope.Keep(Tensor.Empty([(long)drawn.Count * each, white.Size(0)]));
        foreach (var (row, patches) in drawn.Values.Index()) patches.CopyTo(all.Data<float>()[(row * patches.Length)..]);
        return all;
    }

    /// <summary>The parts of patches at places by chance, as many from each image, [B · each, S].</summary>
    private Tensor RandomPatches(Tensor images, ReadOnlySpan<float> shares)
    {
        var (side, each) = (options.Patch, shares.Length / (int)images.Size(0));
        var (rows, columns) = (images.Size(2) - side + 1, images.Size(3) - side + 1);
        var windows = images.Unfold(2, side, 1).Unfold(3, side, 1);                        // [B, C, h, w, p, p], a view
        var chosen = new Tensor[shares.Length];
        for (var i = 0; i < chosen.Length; i++)
        {
            var place = Math.Min(rows * columns - 1, (long)(shares[i] * (double)(rows * columns)));
            chosen[i] = windows.Select(0, i / each).Select(1, place / columns).Select(1, place % columns);
        }
        return MirrorPatches.Parts(Tensor.Stack(chosen));
    }

    /// <summary>The leading vectors of both halves of the eigenproblem, without the first.</summary>
    private void Embed(CodeMoments moments, Calibration work)
    {
        using var scope = TensorScope.Begin();
        var halves = new SpectralBasis[2];
        SharedJobs.RunOneByOne(work.Group, halves.Length, (half, cancel) =>
        {
            cancel.ThrowIfCancellationRequested();
            work.Doing?.Invoke($"spectral embedding, {(half == 0 ? "even" : "odd")} vectors of {options.Half:N0} numbers");
            using var inner = TensorScope.Begin();
            using var still = Autograd.NoGrad(); // of this thread
            return SpectralBasis.Of(half == 0 ? moments.Even() : moments.Odd(), options.Vectors + options.Skip, options.Ridge).ToBytes();
        }, (half, bytes) => halves[half] = SpectralBasis.Read(bytes, options.Half), work.Cancel);
        var (even, odd) = (halves[0], halves[1]);
        var chosen = even.Values.ToArray<double>().Select((value, row) => (value, row, sign: 1))
            .Concat(odd.Values.ToArray<double>().Select((value, row) => (value, row, sign: -1)))
            .OrderByDescending(vector => vector.value).Skip(options.Skip).Take(options.Vectors).ToArray();
        var rows = chosen.Select(vector => (vector.sign > 0 ? even : odd).Rows.Select(0, vector.row));
        table.Copy_(Tensor.Stack([.. rows], 1));
        signs.Copy_(Tensor.From(Array.ConvertAll(chosen, vector => (float)vector.sign)));
    }

    // ---- Use ----

    public override Tensor Grid(Tensor images)
    {
        using var scope = TensorScope.Begin();
        var (rows, columns) = (options.Places(images.Size(2)), options.Places(images.Size(3)));
        var (down, across) = (options.Cells(rows), options.Cells(columns));
        var grid = Tensor.Zeros([images.Size(0), down, across, options.Vectors]);
        var embedding = new PooledEmbedding(table.To(Device.Cpu), signs.To(Device.Cpu), options, rows, columns);
        for (var i = 0; i < images.Size(0); i++)
        {
            using var inner = TensorScope.Begin();
            embedding.Pool(Codes(images.Select(0, i)), grid.Select(0, i).Data<float>());
        }
        var (high, wide) = (Math.Min(options.Grid, down), Math.Min(options.Grid, across));
        var cells = Means(grid.Permute(0, 3, 1, 2));                                       // [B, 3, 3, D]
        cells /= cells.Square().Sum(3, keep: true).Sqrt().Clamp(low: 1e-12);
        if (options.Colour > 0)
        {
            var pixels = Pixels(images).To(Device.Cpu);
            var (means, squares) = (Means(pixels), Means(pixels.Square()));                // [B, 3, 3, C]
            var deviations = (squares - means.Square()).Clamp(low: 0.0).Sqrt();
            cells = Tensor.Cat([cells, means * options.Colour, deviations * (2 * options.Colour)], 3);
        }
        return scope.Keep(cells.Contiguous().To(images.Device));

        Tensor Means(Tensor planes) => planes.AdaptiveAvgPool2d(high, wide).Permute(0, 2, 3, 1);
    }

    /// <param name="image">[C, height, width]</param>
    private SparseCodes Codes(Tensor image)
    {
        var side = options.Patch;
        var windows = Pixels(image.Unsqueeze(0)).Select(0, 0).Unfold(1, side, options.Stride).Unfold(2, side, options.Stride)
            .Permute(1, 2, 0, 3, 4);                                                       // [h, w, C, p, p]
        var patches = MirrorPatches.Parts(windows).Flatten(0, 1);                          // [h·w, S]
        var unit = new MirrorWhitening(white, mean).Apply(patches);
        return SparseCodes.Of(unit.Narrow(1, 0, evens).To(Device.Cpu), unit.Narrow(1, evens, unit.Size(1) - evens).To(Device.Cpu),
            evenAtoms.To(Device.Cpu), oddAtoms.To(Device.Cpu), (float)options.Threshold);
    }

    /// <summary>As they were before the input's mean and std: 0 to 1, in which whitening and flatness are given.</summary>
    private Tensor Pixels(Tensor images)
    {
        if (Input.Mean.Count == 0) return images;
        Tensor Each(IReadOnlyList<double> values) =>
            Tensor.From<double>([.. values], 1, values.Count, 1, 1).To(DType.Float32).To(images.Device);
        return images * Each(Input.Std) + Each(Input.Mean);
    }
}
