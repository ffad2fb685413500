using System.Globalization;
using Foresee.Images;
using Foresee.Images.Decoding;
using Foresee.Patches;
using Foresee.Torch;

namespace Foresee.Encoders;

/// <summary>One of the encoders that see the same image.</summary>
/// <param name="Input">How images reach it by itself.</param>
/// <param name="Cells">Its grid is pooled into Cells x Cells means.</param>
public sealed record JointPart(EncoderOptions Encoder, InputFormat Input, int Cells);

/// <summary>Several encoders that see the same image, their vectors one behind the other.</summary>
public sealed record JointEncoderOptions(IReadOnlyList<JointPart> Parts) : EncoderOptions
{
    public override Encoder Build(InputFormat input, Generator generator) => new JointEncoder(this, input, generator);

    public override void Validate(InputFormat input, ICollection<string> faults)
    {
        if (Parts.Count < 2) faults.Add($"a joint encoder has 2 parts or more, got {Parts.Count}");
        if (input.Margin != 0 || input.Mean.Count != 0) faults.Add("a joint encoder takes images without margin and as they are");
        foreach (var part in Parts)
        {
            part.Input.Validate(faults);
            part.Encoder.Validate(part.Input, faults);
            if (part.Cells < 1) faults.Add($"each part is pooled into 1 cell or more, got {part.Cells}");
            if (part.Input.Channels != input.Channels && (part.Input.Channels, input.Channels) is not (1, 3))
                faults.Add($"a part sees {part.Input.Channels} channels, and the images have {input.Channels}; "
                    + "parts see as many channels as each other, or grey and colour");
        }
    }

    public override string Describe(InputFormat input) => string.Join(" beside ", Parts.Select(part => part.Encoder.Describe(part.Input)));

    // Records compare lists by reference.
    public bool Equals(JointEncoderOptions? other) => other is not null && Parts.SequenceEqual(other.Parts);

    public override int GetHashCode() => Parts.Count;
}

/// <summary>
/// f(x) = [f_1(x) / |f_1(x)|_1, f_2(x) / |f_2(x)|_1, ..]: what others learnt from many photographs beside what was learnt from one's own
/// images. Each part sees the image at its own size, reduced by the filter that files are read with, and says as much as the others.
/// </summary>
public sealed class JointEncoder : Encoder
{
    internal static readonly double[] Luminance = [0.299, 0.587, 0.114]; // as files are read
    private readonly List<Part> parts = [];

    public JointEncoder(JointEncoderOptions options, InputFormat input, Generator generator)
        : this(options, input, [.. options.Parts.Select(part => part.Encoder.Build(part.Input, generator))])
    {
    }

    private JointEncoder(JointEncoderOptions options, InputFormat input, IReadOnlyList<Encoder> encoders) : base(options, input)
    {
        var faults = new List<string>();
        options.Validate(input, faults);
        if (faults.Count > 0) throw new ArgumentException($"Encoder: {string.Join("; ", faults)}.");
        foreach (var (i, encoder) in encoders.Index())
            parts.Add(new(Child($"{i}", encoder), options.Parts[i].Cells, input));
        Features = parts.Sum(part => part.Features);
    }

    /// <summary>
    /// Encoders read from elsewhere, which belong to the joint one from now on. Images are read in the largest of their sizes.
    /// </summary>
    /// <exception cref="ArgumentException">They see channels, or 16-bit values, that don't go together.</exception>
    public static JointEncoder Of(IReadOnlyList<Encoder> encoders)
    {
        var windows = encoders.Select(encoder => encoder.Input.Window).Where(window => window != LevelWindow.Whole).Distinct().ToList();
        if (windows.Count > 1) throw new ArgumentException("The encoders bring 16-bit images to 8 bits in different ways; join others.");
        var largest = encoders.MaxBy(encoder => encoder.Input.ReadHeight * encoder.Input.ReadWidth)!.Input;
        var input = new InputFormat(largest.ReadHeight, largest.ReadWidth, encoders.Max(encoder => encoder.Input.Channels))
        {
            Small = SmallImages.Enlarge,
            Window = windows.Count > 0 ? windows[0] : LevelWindow.Whole,
        };
        var made = encoders.Select(encoder => new JointPart(encoder.Options, encoder.Input, encoder.Options.PooledCells ?? PatchCells));
        return new(new([.. made]), input, encoders);
    }

    private const int PatchCells = 3; // of a grid of patches, whose mean alone tells little

    public override int Features { get; }

    public override Tensor Grid(Tensor images) =>
        Tensor.Cat([.. parts.Select(part => part.Of(images))], 1).Unsqueeze(1).Unsqueeze(1);                   // [B, 1, 1, D]

    public override bool IsMeasured(string name)
    {
        var names = name.Split('.', 2);
        return parts[int.Parse(names[0], CultureInfo.InvariantCulture)].Encoder.IsMeasured(names[1]);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            foreach (var part in parts) part.Dispose();
        base.Dispose(disposing);
    }

    internal IReadOnlyList<Part> Parts => parts;

    internal sealed class Part : IDisposable
    {
        private readonly int cells;
        private readonly Tensor? down, across;
        private readonly Tensor mean, std, grey;

        public Part(Encoder encoder, int cells, InputFormat joint)
        {
            using var scope = TensorScope.Begin();
            var input = encoder.Input;
            (Encoder, this.cells) = (encoder, cells);
            if (input.ReadHeight != joint.Height) down = TensorScope.Detach(Filter(joint.Height, input.ReadHeight));
            if (input.ReadWidth != joint.Width)
                across = TensorScope.Detach(Filter(joint.Width, input.ReadWidth).Transpose(0, 1).Contiguous());
            Tensor PerChannel(IReadOnlyList<double> values, double otherwise) => TensorScope.Detach(Tensor.From<float>(
                [.. (values.Count > 0 ? values : Enumerable.Repeat(otherwise, input.Channels)).Select(value => (float)value)],
                1, input.Channels, 1, 1));
            (mean, std) = (PerChannel(input.Mean, 0), PerChannel(input.Std, 1));
            grey = TensorScope.Detach(Tensor.From<float>([.. Luminance.Select(value => (float)value)], 1, Luminance.Length, 1, 1));
        }

        public Encoder Encoder { get; }

        /// <summary>Along a side, that its grid is pooled into.</summary>
        public int Cells => cells;

        /// <summary>[height, joint height]: the filter of rows; null where the size is the same.</summary>
        public Tensor? Down => down;

        /// <summary>[joint width, width], likewise of columns.</summary>
        public Tensor? Across => across;

        public int Features => Encoder.Features * cells * cells;

        /// <param name="images">[B, C, height, width] of 0 to 1</param>
        /// <returns>[B, cells · cells · D], the sum of sizes in each row 1</returns>
        public Tensor Of(Tensor images)
        {
            var (x, device) = (images, images.Device);
            if (Encoder.Input.Channels == 1 && x.Size(1) == Luminance.Length) x = (x * grey.To(device)).Sum(1, keep: true);
            if (down is not null) x = down.To(device).MatMul(x);
            if (across is not null) x = x.MatMul(across.To(device));
            x = (PatchGrid.Centre(x, Encoder.Input.Height, Encoder.Input.Width).Clamp(0.0, 1.0) - mean.To(device)) / std.To(device);
            var rows = Encoder.Grid(x).Permute(0, 3, 1, 2).AdaptiveAvgPool2d(cells, cells).Permute(0, 2, 3, 1).Contiguous().Flatten(1);
            return rows / rows.Abs().Sum(1, keep: true).Clamp(low: 1e-12);
        }

        /// <summary>[to, from], each row the weights of one place of the result.</summary>
        private static Tensor Filter(int from, int to)
        {
            var (taps, weights) = (new Taps(from, to, 0, to), new float[to * from]);
            for (var i = 0; i < to; i++) taps.Of(i).CopyTo(weights.AsSpan(i * from + taps.First[i], taps.Width));
            return Tensor.From<float>(weights, to, from);
        }

        public void Dispose()
        {
            foreach (var tensor in new[] { down, across, mean, std, grey }) tensor?.Dispose();
        }
    }
}
