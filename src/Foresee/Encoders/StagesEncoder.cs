using Foresee.Images;
using Foresee.Torch;

namespace Foresee.Encoders;

/// <summary>An encoder whose vector holds what it has seen at several of its stages.</summary>
/// <param name="Whole">All of it.</param>
/// <param name="From">The first of these stages, from 1, nearest to the pixels; all after it follow.</param>
public sealed record StagesOptions(EncoderOptions Whole, int From) : EncoderOptions
{
    public override Encoder Build(InputFormat input, Generator generator) => new StagesEncoder(Whole.Build(input, generator), From);

    public override void Validate(InputFormat input, ICollection<string> faults) => Whole.Validate(input, faults);

    public override string Describe(InputFormat input) => $"the stages from {From} on, side by side, of {Whole.Describe(input)}";
}

/// <summary>
/// f(x) = [m_s(x) / |m_s(x)|_1, m_s+1(x) / |m_s+1(x)|_1, ..], m_s the mean of the map of stage s: the last stage of a network that was
/// trained on others' labels knows their classes, and those before it textures, colours and parts, which are most of what there is to see
/// in images of another kind. It costs no more time than the last stage alone.
/// </summary>
public sealed class StagesEncoder : Encoder
{
    private readonly Encoder whole;
    private readonly int from;

    /// <param name="whole">Belongs to this one from now on.</param>
    /// <param name="from">As of <see cref="StagesOptions"/>.</param>
    /// <exception cref="ArgumentException">The encoder has no stages, or no stage after that one.</exception>
    public StagesEncoder(Encoder whole, int from) : base(new StagesOptions(whole.Options, from), whole.Input)
    {
        var widths = whole.StageWidths;
        if (widths.Count < 2) throw new ArgumentException("The encoder shows no stages that could stand side by side.");
        if (from < 1 || from >= widths.Count)
            throw new ArgumentException($"Of {widths.Count} stages 1 to {widths.Count - 1} can be the first of several, got {from}.");
        (this.whole, this.from, Features) = (Child("whole", whole), from, widths.Skip(from - 1).Sum());
    }

    /// <summary>
    /// Where to begin with weights that others trained on photographs: the last three stages, or null where there are fewer, or for an
    /// encoder of another kind. See docs/starts.md for what they gain.
    /// </summary>
    public static int? Suited(Encoder encoder) => encoder.StageWidths.Count is >= 3 and var count ? count - 2 : null;

    public override int Features { get; }

    public override Tensor Grid(Tensor images) =>
        Tensor.Cat([.. whole.Stages(images).Skip(from - 1).Select(Share)], 1).Unsqueeze(1).Unsqueeze(1);       // [B, 1, 1, ΣD_s]

    /// <returns>[B, D_s], the sum of sizes in each row 1</returns>
    private static Tensor Share(Tensor map)
    {
        var means = map.Mean([2, 3]);
        return means / means.Abs().Sum(1, keep: true).Clamp(low: 1e-12);
    }

    public override bool IsMeasured(string name) => whole.IsMeasured(name["whole.".Length..]);
}
