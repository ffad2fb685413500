namespace Foresee.Augmentation;

/// <summary>
/// A random change, drawn for each patch by itself. It moves pixels, or changes values, or both. All that moves comes first and is
/// done in one resampling; the values are changed after it, in the order of the list. Records without state: many threads share them.
/// </summary>
public interface IPatchTransform
{
    /// <summary>False when the change has no meaning for so many channels; it is then left out.</summary>
    bool Suits(int channels) => true;

    /// <summary>Adds to where the patch's pixels come from.</summary>
    void Move(PatchWarp warp, ref PatchRandom random) { }

    /// <summary>Changes the values in place, with the same random numbers from their start.</summary>
    void Change(PatchPixels patch, ref PatchRandom random) { }
}
