namespace Foresee.Images.Decoding;

/// <summary>A picture that is not read, for a reason in plain words; whoever knows the file adds its name.</summary>
internal sealed class Refusal(RefusalKind kind, string reason) : Exception(reason)
{
    public RefusalKind Kind => kind;

    public static Refusal CutOff() => new(RefusalKind.CutOff, "it is cut off: the file ends before its picture does");

    public static Refusal TooSmall(int width, int height, InputFormat asked) => new(RefusalKind.TooSmall,
        $"it has {width} x {height} pixels, but {asked.Width} x {asked.Height} were asked for; "
        + "choose a smaller size (the recipe folder does by itself), or enlarge it");
}
