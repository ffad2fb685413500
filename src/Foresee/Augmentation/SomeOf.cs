namespace Foresee.Augmentation;

/// <summary>So many different changes of a list, drawn for each view, in the order drawn.</summary>
public sealed record SomeOf(int Count, params IReadOnlyList<ITransform> Changes) : ITransform
{
    public ITransform? For(int channels, ICollection<string> without)
    {
        List<ITransform> left = [.. Changes.Select(change => change.For(channels, without)).OfType<ITransform>()];
        return left.Count > 0 ? new SomeOf(Math.Min(Count, left.Count), left) : null;
    }

    public void Move(Warp warp, ref ViewRandom random)
    {
        Span<int> drawn = stackalloc int[Count];
        random.Shuffle(drawn, Changes.Count);
        foreach (var place in drawn)
        {
            var own = random.Branch(place);
            Changes[place].Move(warp, ref own);
        }
    }

    public void Change(in ViewPixels view, ref ViewRandom random)
    {
        Span<int> drawn = stackalloc int[Count];
        random.Shuffle(drawn, Changes.Count);
        foreach (var place in drawn)
        {
            var own = random.Branch(place);
            Changes[place].Change(view, ref own);
        }
    }
}
