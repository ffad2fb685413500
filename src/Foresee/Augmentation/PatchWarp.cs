namespace Foresee.Augmentation;

/// <summary>Where the pixels of a patch come from.</summary>
public sealed class PatchWarp
{
    public bool Mirrored { get; private set; }

    public void Clear() => Mirrored = false;

    /// <summary>Left to right.</summary>
    public void Mirror() => Mirrored = !Mirrored;
}
