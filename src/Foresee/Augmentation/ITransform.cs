namespace Foresee.Augmentation;

/// <summary>
/// A random change, drawn for each view by itself. It moves pixels (<see cref="IPixelMove"/>), or changes values
/// (<see cref="IValueChange"/>), or both. All that moves comes first and is done in one resampling; the values are changed after it, in the
/// order of the list. Records without state: many threads share them.
/// </summary>
public interface ITransform
{
    /// <summary>False when the change has no meaning for so many channels.</summary>
    bool Suits(int channels) => true;

    /// <summary>What is left of the change for so many channels; null for nothing.</summary>
    /// <param name="without">Receives the names of the changes that have no meaning.</param>
    ITransform? For(int channels, ICollection<string> without)
    {
        if (Suits(channels)) return this;
        without.Add(GetType().Name);
        return null;
    }

    /// <summary>Adds to where the view's pixels come from.</summary>
    void Move(Warp warp, ref ViewRandom random);

    /// <summary>Changes the values in place, with the same random numbers from their start.</summary>
    void Change(in ViewPixels view, ref ViewRandom random);
}

/// <summary>A change that only moves pixels.</summary>
public interface IPixelMove : ITransform
{
    void ITransform.Change(in ViewPixels view, ref ViewRandom random) { }
}

/// <summary>A change of values that moves no pixel.</summary>
public interface IValueChange : ITransform
{
    void ITransform.Move(Warp warp, ref ViewRandom random) { }
}
