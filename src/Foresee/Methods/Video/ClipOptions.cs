using System.Text.Json.Serialization;
using Foresee.Encoders;
using Foresee.Images;
using Foresee.Torch.Optimisers;

namespace Foresee.Methods.Video;

/// <summary>What the settings of the methods have in common that learn from windows of clips.</summary>
/// <param name="Encoder">Of single frames or parts of them in learning, of whole images afterwards.</param>
public abstract record ClipOptions(ConvEncoderOptions Encoder) : MethodOptions
{
    /// <summary>T, the frames of a window.</summary>
    public abstract int Window { get; init; }

    /// <summary>From one frame of a window to the next: 1 for each frame of the clip, 2 for every second.</summary>
    public int Step { get; init; } = 1;

    /// <summary>How often all frames of a window are mirrored left to right.</summary>
    public double Mirrored { get; init; } = 0.5;

    [JsonIgnore]
    public override int Frames => Window;

    [JsonIgnore]
    public override int FrameStep => Step;

    [JsonIgnore]
    public override EncoderOptions Kept => Encoder;

    [JsonIgnore]
    public override SuggestedTraining Suggested => new(32, new(OptimiserKind.Adam, 1e-3));

    /// <summary>Frames without which the question can't be asked.</summary>
    protected abstract int LeastWindow { get; }

    public override MethodOptions On(EncoderOptions encoder) => encoder is ConvEncoderOptions whole
        ? this with { Encoder = whole }
        : base.On(encoder);

    public override void Validate(InputFormat input, ICollection<string> faults)
    {
        Encoder.Validate(input, faults);
        if (Window < LeastWindow) faults.Add($"a window needs at least {LeastWindow} frames, got {Window}");
        if (Step < 1) faults.Add($"the step from frame to frame must be at least 1, got {Step}");
        if (Mirrored is not (>= 0 and <= 1)) faults.Add($"how often frames are mirrored must lie in 0..1, got {Mirrored}");
    }

    public override IReadOnlyList<string> Reasons(InputFormat input) =>
        [$"windows of {Window} frames of a clip{(Step > 1 ? $", each {Step} further than the one before," : "")} are looked at together"];

    /// <exception cref="ImageDataException">There are fewer clips than that.</exception>
    internal void CheckClips(MethodContext context, int least)
    {
        var clips = context.Clips.Distinct().Count();
        if (clips == 0)
            throw new ImageDataException($"{Name} learns from clips, and still images were given; name a folder that holds a folder of frames "
                + "for each clip, or take another method, such as simclr.");
        if (clips < least)
            throw new ImageDataException($"{Name} compares clips with each other and needs at least {least}, got {clips}; add clips, or take "
                + "shuffle-and-learn, which makes do with one.");
    }

    /// <summary>A pre-activation network that two cores can train.</summary>
    protected static ConvEncoderOptions SmallEncoder(DataProfile data) => ConvEncoderOptions.Small(data.Input, width: 32);
}
