using System.Text.Json.Serialization;
using Foresee.Images;
using Foresee.Torch;

namespace Foresee.Encoders;

/// <summary>An encoder that sees an image and its mirror image.</summary>
/// <param name="Whole">What sees each of them.</param>
/// <param name="UpsideDown">Whether it sees both upside down, too: for images without an upside, as seen from above.</param>
public sealed record SymmetricOptions(EncoderOptions Whole, bool UpsideDown = false) : EncoderOptions
{
    [JsonIgnore]
    public override int? PooledCells => Whole.PooledCells;

    public override Encoder Build(InputFormat input, Generator generator) =>
        new SymmetricEncoder(Whole.Build(input, generator), UpsideDown);

    public override void Validate(InputFormat input, ICollection<string> faults)
    {
        if (Whole is SymmetricOptions) faults.Add("the encoder sees mirror images already");
        Whole.Validate(input, faults);
    }

    public override string Describe(InputFormat input) => $"{Whole.Describe(input)}, the mean of an image and its mirror image"
        + (UpsideDown ? ", and of both upside down" : "");
}

/// <summary>
/// f(x) = mean of e(g x) over the symmetries g of images: all of them have the same grid, which is as if a classifier had seen each
/// labelled image mirrored, too, and were asked about each new one both ways. It takes 2 or 4 times as long.
/// </summary>
public sealed class SymmetricEncoder : Encoder
{
    private readonly bool upsideDown;

    /// <param name="whole">Belongs to this one from now on.</param>
    /// <param name="upsideDown">As of <see cref="SymmetricOptions"/>.</param>
    /// <exception cref="ArgumentException">It sees mirror images already.</exception>
    public SymmetricEncoder(Encoder whole, bool upsideDown) : base(new SymmetricOptions(whole.Options, upsideDown), whole.Input)
    {
        if (whole is SymmetricEncoder)
            throw new ArgumentException("The encoder sees mirror images already; take the one that it was made of.");
        (Whole, this.upsideDown) = (Child("whole", whole), upsideDown);
    }

    /// <summary>What sees each image.</summary>
    internal Encoder Whole { get; }

    /// <summary>The dimensions of [B, C, H, W] that are turned round in each image that is seen.</summary>
    internal static IReadOnlyList<int[]> Flips(bool upsideDown) => upsideDown ? [[], [3], [2], [2, 3]] : [[], [3]];

    public override int Features => Whole.Features;

    public override int CalibrationImages => Whole.CalibrationImages;

    public override void Calibrate(Tensor images, Calibration? work = null) => Whole.Calibrate(images, work);

    public override bool IsMeasured(string name) => Whole.IsMeasured(name["whole.".Length..]);

    public override Tensor Grid(Tensor images)
    {
        using var scope = TensorScope.Begin();
        var flips = Flips(upsideDown);
        var sum = Seen([]);
        foreach (var flip in flips.Skip(1)) sum += Seen(flip);
        return scope.Keep(sum / flips.Count);

        // One after the other, so that the maps of one view at a time are held.
        Tensor Seen(int[] flip)
        {
            using var inner = TensorScope.Begin();
            return inner.Keep(Whole.Grid(flip.Length == 0 ? images : images.Flip([.. flip])));
        }
    }
}
