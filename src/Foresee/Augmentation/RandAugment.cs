namespace Foresee.Augmentation;

/// <summary>What <see cref="RandAugment"/> draws from, as torchvision lists it; the one that needs colours comes last.</summary>
public enum RandOperation
{
    Identity,
    ShearAcross,
    ShearDown,
    ShiftAcross,
    ShiftDown,
    Rotation,
    Brightness,
    Contrast,
    Sharpness,
    Posterise,
    Solarise,
    AutoContrast,
    Equalise,
    Saturation,
}

/// <summary>
/// Some operations of a list in a row, each drawn evenly and put back, all of one magnitude (Cubuk, Zoph, Shlens and Le, RandAugment,
/// NeurIPS 2020), or each of one drawn evenly in 0 .. 1 (FixMatch, Sohn et al. 2020, section 2.3).
/// </summary>
/// <param name="Count">N, of operations.</param>
/// <param name="Magnitude">M, 0 .. 1: torchvision's level over its highest, by default 9 of 30; null: drawn for each operation.</param>
/// <remarks>
/// Amounts are torchvision's: shears 0.3, shifts 150/331 of the side in whole pixels, turns 30 degrees, factors 1 ± 0.9, 4 bits fewer,
/// solarised from 0; all times the magnitude, the first four kinds in either direction. As everywhere here, what moves pixels comes first,
/// in one resampling, and a shear is about the centre.
/// </remarks>
public sealed record RandAugment(int Count = 2, double? Magnitude = null) : ITransform
{
    private const int Operations = (int)RandOperation.Saturation + 1, Bits = 8, BitsLost = 4;
    private const float Sheared = 0.3f, Shifted = 150f / 331, Turned = 30, Factor = 0.9f;

    /// <summary>Whether saturation is among the operations.</summary>
    public bool Colour { get; init; } = true;

    public ITransform? For(int channels, ICollection<string> without)
    {
        if (channels == 3 || !Colour) return this;
        without.Add(nameof(Saturation));
        return this with { Colour = false };
    }

    public void Move(Warp warp, ref ViewRandom random)
    {
        for (var i = 0; i < Count; i++)
        {
            var (operation, amount) = Draw(ref random);
            Move(operation, amount, warp);
        }
    }

    public void Change(in ViewPixels view, ref ViewRandom random)
    {
        for (var i = 0; i < Count; i++)
        {
            var (operation, amount) = Draw(ref random);
            Change(operation, amount, view);
        }
    }

    /// <returns>The amount is the magnitude, or its negative.</returns>
    private (RandOperation Operation, float Amount) Draw(ref ViewRandom random)
    {
        var operation = (RandOperation)random.Below(Colour ? Operations : Operations - 1);
        var drawn = random.Uniform();
        var amount = (float)(Magnitude ?? drawn);
        return (operation, random.Chance(0.5) ? -amount : amount);
    }

    /// <param name="amount">-1 .. 1</param>
    internal static void Move(RandOperation operation, float amount, Warp warp)
    {
        switch (operation)
        {
            case RandOperation.ShearAcross: Shear.Apply(warp, Sheared * amount, 0); break;
            case RandOperation.ShearDown: Shear.Apply(warp, 0, Sheared * amount); break;
            case RandOperation.ShiftAcross: Shift.Apply(warp, MathF.Truncate(Shifted * amount * warp.Width), 0); break;
            case RandOperation.ShiftDown: Shift.Apply(warp, 0, MathF.Truncate(Shifted * amount * warp.Height)); break;
            case RandOperation.Rotation: Rotation.Apply(warp, Turned * amount); break;
            default: break;
        }
    }

    /// <param name="amount">-1 .. 1</param>
    internal static void Change(RandOperation operation, float amount, in ViewPixels view)
    {
        var (factor, size) = (1 + Factor * amount, Math.Abs(amount));
        switch (operation)
        {
            case RandOperation.Brightness: Brightness.Apply(view, factor); break;
            case RandOperation.Contrast: Contrast.Apply(view, factor); break;
            case RandOperation.Sharpness: Sharpness.Apply(view, factor); break;
            case RandOperation.Saturation: Saturation.Apply(view, factor); break;
            case RandOperation.Posterise: Posterise.Apply(view, Bits - (int)MathF.Round(BitsLost * size)); break;
            case RandOperation.Solarise: Solarise.Apply(view, 1 - size); break;
            case RandOperation.AutoContrast: AutoContrast.Apply(view); break;
            case RandOperation.Equalise: Equalise.Apply(view); break;
            default: break;
        }
    }
}
