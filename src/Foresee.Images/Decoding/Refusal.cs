namespace Foresee.Images.Decoding;

/// <summary>A picture that is not read, for a reason in plain words; whoever knows the file adds its name.</summary>
internal sealed class Refusal(RefusalKind kind, string reason) : Exception(reason)
{
    public RefusalKind Kind => kind;

    public static Refusal CutOff() => new(RefusalKind.CutOff, "it is cut off: the file ends before its picture does");

    public static Refusal TooSmall(int width, int height, InputFormat asked) => new(RefusalKind.TooSmall,
        $"it has {width} x {height} pixels, fewer than the {asked.ReadWidth} x {asked.ReadHeight} "
        + "that are read; enlarge it to have it taken");
}
