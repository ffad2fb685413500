using Foresee.Images;
using Foresee.Torch;
using Foresee.Torch.Interop;

namespace Foresee.Encoders;

/// <summary>A dictionary of small patches, learnt without gradient, and a code of every patch of an image.</summary>
/// <param name="Centroids">K, the length of a vector (paper: 1600 to 4000).</param>
/// <param name="Patch">Its side in pixels (paper: 6, at every place).</param>
public sealed record KMeansEncoderOptions(int Centroids = 1600, int Patch = 6) : EncoderOptions
{
    /// <summary>Pixels from a patch to the next when an image is coded (paper: 1).</summary>
    public int Stride { get; init; } = 1;

    /// <summary>Random patches that the dictionary is learnt from (paper: 400,000).</summary>
    public int Patches { get; init; } = 400_000;

    /// <summary>Of k-means; 0 takes random patches as they are for a dictionary.</summary>
    public int Rounds { get; init; } = 20;

    /// <summary>Added to a patch's variance of pixels in 0..1 (paper: 10 of pixels in 0..255).</summary>
    public double Contrast { get; init; } = 10.0 / (255 * 255);

    /// <summary>Added to the variances of normalised patches in the whitening (paper: 0.1).</summary>
    public double Whitening { get; init; } = 0.1;

    /// <summary>The paper's quadrants.</summary>
    public override int? PooledCells => 2;

    public override Encoder Build(InputFormat input, Generator generator) => new KMeansEncoder(this, input, generator);

    public override void Validate(InputFormat input, ICollection<string> faults)
    {
        if (Centroids < 2) faults.Add($"k-means needs 2 centroids or more, got {Centroids}");
        if (Stride < 1) faults.Add($"patches lie 1 px or more from each other, got {Stride}");
        if (Patch < 2) faults.Add($"k-means needs patches of 2 px or more, got {Patch}");
        if (Math.Min(input.Height, input.Width) < Patch)
            faults.Add($"images of {input.Height} x {input.Width} px hold no patch of {Patch} px; take larger images or smaller patches");
        if (Patches < Centroids) faults.Add($"{Centroids} centroids need as many patches or more, got {Patches}");
        if (Rounds < 0) faults.Add($"k-means needs 0 rounds or more, got {Rounds}");
        if (!(Contrast > 0) || !(Whitening > 0))
            faults.Add($"contrast and whitening must be above 0, got {Contrast} and {Whitening}");
    }

    public override string Describe(InputFormat input) => $"whole images of {input.Height} x {input.Width} px, "
        + $"{Centroids} {(Rounds > 0 ? "centroids" : "random patches")} of {Patch} x {Patch} px at every "
        + $"{(Stride == 1 ? "place" : $"{Stride} px")}, {Centroids}-d";
}

/// <summary>
/// Coates, Lee and Ng, "An Analysis of Single-Layer Networks in Unsupervised Feature Learning", AISTATS 2011:
/// <code>
/// n(x) = (x - mean x) / √(var x + 10)      each patch x by itself
/// y = P (n(x) - μ)                         P = E (Λ + 0.1)^-1/2 Eᵀ, ZCA whitening of the patches
/// z_k = ‖y - c_k‖                          distance to each centroid of k-means
/// f_k = max(0, mean z - z_k)               triangle code: 0 for every centroid that is farther than the mean
/// </code>
/// The grid is the mean of f over the places of each of its cells.
/// </summary>
public sealed class KMeansEncoder : Encoder
{
    internal const int MostCells = 6; // along a side: 1 x 1, 2 x 2 and 3 x 3 pooling divide it
    private const int Block = 4096;  // patches whose distances are computed at once
    private const long MostCalibrationBytes = 1L << 30;
    private readonly KMeansEncoderOptions options;
    private readonly Tensor weights; // [C·p·p, K]: P c_k
    private readonly Tensor offsets; // [K]: ‖c_k‖² + 2 μᵀ P c_k
    private readonly Tensor white;   // [C·p·p, C·p·p]: P
    private readonly Tensor mean;    // [C·p·p]: μ
    private readonly ulong seed;

    public KMeansEncoder(KMeansEncoderOptions options, InputFormat input, Generator generator) : base(options, input)
    {
        this.options = options;
        var faults = new List<string>();
        options.Validate(input, faults);
        if (faults.Count > 0) throw new ArgumentException($"Encoder: {string.Join("; ", faults)}.");
        var size = input.Channels * options.Patch * options.Patch;
        weights = Buffer("weights", Tensor.Zeros([size, options.Centroids]));
        offsets = Buffer("offsets", Tensor.Zeros([options.Centroids]));
        white = Buffer("white", Tensor.Zeros([size, size]));
        mean = Buffer("mean", Tensor.Zeros([size]));
        using var scope = TensorScope.Begin();
        seed = (ulong)Tensor.RandInt(0, int.MaxValue, [1], generator).ToInt64();
    }

    public override int Features => options.Centroids;

    /// <summary>Twenty patches of each, as far as they fit into memory.</summary>
    public override int CalibrationImages =>
        (int)Math.Clamp(MostCalibrationBytes / (4L * Input.Bytes), 2, Math.Max(2, options.Patches / 20));

    /// <summary>Nothing of it is drawn by chance and kept.</summary>
    public override bool IsMeasured(string name) => true;

    // ---- Learning ----

    /// <summary>Learns the dictionary: patches at random places, whitening, k-means.</summary>
    /// <remarks>Ranks, which have the same images, share the rounds of k-means.</remarks>
    public override void Calibrate(Tensor images, Calibration? work = null)
    {
        work ??= new();
        using var scope = TensorScope.Begin();
        using var noGrad = Autograd.NoGrad();
        using var generator = new Generator(seed);
        var patches = Normalised(RandomPatches(Pixels(images), generator));                        // [N, S]
        mean.Copy_(patches.Mean(0));
        work.Group?.Broadcast(mean); // another processor may round in another way
        work.Doing?.Invoke($"whitening {patches.Size(0):N0} patches");
        var centred = patches - mean;
        var covariance = centred.To(DType.Float64);
        covariance = covariance.Transpose(0, 1).MatMul(covariance) / patches.Size(0);
        var results = Operator.Find("aten::linalg_eigh").CallAll(covariance, "L");
        var (variances, directions) = ((Tensor)results[0]!, (Tensor)results[1]!);
        white.Copy_((directions * (variances.Clamp(low: 0.0) + options.Whitening).Pow(-0.5)).MatMul(directions.Transpose(0, 1)));
        work.Group?.Broadcast(white);
        Keep(KMeans.Fit(centred.MatMul(white), options.Centroids, options.Rounds, generator, work));                // [K, S]
    }

    /// <summary>What the code needs of a dictionary of whitened patches, [K, S].</summary>
    internal void Keep(Tensor dictionary)
    {
        using var scope = TensorScope.Begin();
        var turned = white.MatMul(dictionary.Transpose(0, 1));                             // [S, K]; P is symmetric
        weights.Copy_(turned);
        offsets.Copy_(dictionary.Square().Sum(1) + 2 * mean.View(1, -1).MatMul(turned).View(-1));
    }

    /// <summary>[N, C·p·p] at places by chance, as many from each image.</summary>
    private Tensor RandomPatches(Tensor images, Generator generator)
    {
        var (count, side) = (images.Size(0), options.Patch);
        var each = (int)((options.Patches + count - 1) / count);
        var parts = new List<Tensor>();
        var (rows, columns) = (images.Size(2) - side + 1, images.Size(3) - side + 1);
        var places = Tensor.RandInt(0, rows * columns, [count, each], generator).ToArray<long>();
        var windows = images.Unfold(2, side, 1).Unfold(3, side, 1);                        // [B, C, h, w, p, p], a view
        for (var i = 0; i < count; i++)
        {
            using var scope = TensorScope.Begin();
            var chosen = Tensor.From<long>(places.AsSpan(i * each, each).ToArray());
            var all = windows.Select(0, i).Permute(1, 2, 0, 3, 4).Reshape(rows * columns, -1);
            parts.Add(scope.Keep(all.IndexSelect(0, chosen)));                             // [each, S]
        }
        return Tensor.Cat([.. parts]).Narrow(0, 0, Math.Min(options.Patches, count * each));
    }

    /// <summary>As they were before the input's mean and std: 0 to 1, in which the contrast is given.</summary>
    private Tensor Pixels(Tensor images)
    {
        if (Input.Mean.Count == 0) return images;
        Tensor Each(IReadOnlyList<double> values) =>
            Tensor.From<double>([.. values], 1, values.Count, 1, 1).To(DType.Float32).To(images.Device);
        return images * Each(Input.Std) + Each(Input.Mean);
    }

    /// <summary>Each patch with mean 0 and about the same contrast.</summary>
    private Tensor Normalised(Tensor patches)
    {
        var centred = patches - patches.Mean([1], keep: true);
        return centred / (centred.Square().Mean([1], keep: true) + options.Contrast).Sqrt();
    }

    // ---- Use ----

    public override Tensor Grid(Tensor images)
    {
        using var scope = TensorScope.Begin();
        images = Pixels(images);
        var (batch, side) = (images.Size(0), options.Patch);
        var (rows, columns) = (Places(images.Size(2)), Places(images.Size(3)));
        var (down, across) = (Math.Min(MostCells, rows), Math.Min(MostCells, columns));
        var grid = Tensor.Zeros([batch, down, across, Features], device: images.Device);
        for (var i = 0; i < batch; i++)
        {
            using var inner = TensorScope.Begin();
            var patches = Normalised(images.Narrow(0, i, 1).Unfold(2, side, options.Stride).Unfold(3, side, options.Stride)
                .Permute(0, 2, 3, 1, 4, 5).Reshape((long)rows * columns, -1));             // [h·w, S]
            var norms = (patches - mean).MatMul(white).Square().Sum(1);                    // [h·w]
            if (grid.Device.Type == DeviceType.Cpu && !Arithmetic.Plain)
                TriangleCode.Pool(patches, weights, offsets, norms, rows, columns, grid.Select(0, i), Block);
            else grid.Select(0, i).Copy_(Cells(Code(patches, norms).View(rows, columns, Features), down, across));
        }
        return scope.Keep(grid);
    }

    private int Places(long pixels) => (int)(pixels - options.Patch) / options.Stride + 1;

    /// <summary>f of each patch, [h·w, K].</summary>
    private Tensor Code(Tensor patches, Tensor norms)
    {
        var squares = norms.View(-1, 1) + offsets - 2 * patches.MatMul(weights);
        var distances = squares.Clamp(low: 0.0).Sqrt();
        return (distances.Mean([1], keep: true) - distances).Relu();
    }

    /// <summary>Means over cells, [down, across, K] of [h, w, K].</summary>
    private static Tensor Cells(Tensor code, int down, int across)
    {
        Tensor[] Cut(Tensor of, int dimension, int cells) => [.. Enumerable.Range(0, cells).Select(cell =>
        {
            var (from, to) = TriangleCode.Cell((int)of.Size(dimension), cells, cell);
            return of.Narrow(dimension, from, to - from);
        })];
        return Tensor.Stack([.. Cut(code, 0, down).Select(row =>
            Tensor.Stack([.. Cut(row, 1, across).Select(cell => cell.Mean([0, 1]))], 0))], 0);
    }
}
