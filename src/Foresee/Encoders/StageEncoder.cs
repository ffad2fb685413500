using System.Text.Json.Serialization;
using Foresee.Images;
using Foresee.Torch;

namespace Foresee.Encoders;

/// <summary>An encoder that ends earlier: what it has seen at one of its stages.</summary>
/// <param name="Whole">All of it.</param>
/// <param name="Stage">From 1, nearest to the pixels.</param>
public sealed record StageOptions(EncoderOptions Whole, int Stage) : EncoderOptions
{
    [JsonIgnore]
    public override int? PooledCells => Whole.PooledCells;

    public override Encoder Build(InputFormat input, Generator generator) => new StageEncoder(Whole.Build(input, generator), Stage);

    public override void Validate(InputFormat input, ICollection<string> faults) => Whole.Validate(input, faults);

    public override string Describe(InputFormat input) => $"stage {Stage} of {Whole.Describe(input)}";
}

/// <summary>
/// The map of one stage in place of the last: often an earlier one tells more about what the method did not ask for, as with rotation
/// (Gidaris et al. 2018, table 1).
/// </summary>
public sealed class StageEncoder : Encoder
{
    private readonly Encoder whole;
    private readonly int stage;

    /// <param name="whole">Belongs to this one from now on.</param>
    /// <param name="stage">From 1, nearest to the pixels.</param>
    /// <exception cref="ArgumentException">The encoder has no such stage.</exception>
    public StageEncoder(Encoder whole, int stage) : base(new StageOptions(whole.Options, stage), whole.Input)
    {
        var widths = whole.StageWidths;
        if (widths.Count == 0) throw new ArgumentException("The encoder shows no stages; leave --stage out.");
        if (stage < 1 || stage > widths.Count)
            throw new ArgumentException($"The encoder has the stages 1 to {widths.Count}, got {stage}.");
        (this.whole, this.stage, Features) = (Child("whole", whole), stage, widths[stage - 1]);
    }

    public override int Features { get; }

    public override Tensor Grid(Tensor images) => whole.Stages(images)[stage - 1].Permute(0, 2, 3, 1);      // [B, h, w, D]

    public override bool IsMeasured(string name) => whole.IsMeasured(name["whole.".Length..]);
}
