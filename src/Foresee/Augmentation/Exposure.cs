namespace Foresee.Augmentation;

/// <summary>v · exp(s), s uniform in -Strength .. Strength, one for the view: as much lighter as darker, by ratio.</summary>
public sealed record Exposure(double Strength = 0.3) : IValueChange
{
    public void Change(in ViewPixels view, ref ViewRandom random) => Brightness.Apply(view, MathF.Exp(random.Around(Strength)));
}
