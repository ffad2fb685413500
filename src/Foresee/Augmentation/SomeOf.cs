namespace Foresee.Augmentation;

/// <summary>So many different changes of a list, drawn for each patch, in the order drawn.</summary>
public sealed record SomeOf(int Count, params IReadOnlyList<IPatchTransform> Changes) : IPatchTransform
{
    public IPatchTransform? For(int channels, ICollection<string> without)
    {
        List<IPatchTransform> left = [.. Changes.Select(change => change.For(channels, without)).OfType<IPatchTransform>()];
        return left.Count > 0 ? new SomeOf(Math.Min(Count, left.Count), left) : null;
    }

    public void Move(PatchWarp warp, ref PatchRandom random)
    {
        Span<int> drawn = stackalloc int[Count];
        random.Shuffle(drawn, Changes.Count);
        foreach (var place in drawn)
        {
            var own = random.Branch(place);
            Changes[place].Move(warp, ref own);
        }
    }

    public void Change(PatchPixels patch, ref PatchRandom random)
    {
        Span<int> drawn = stackalloc int[Count];
        random.Shuffle(drawn, Changes.Count);
        foreach (var place in drawn)
        {
            var own = random.Branch(place);
            Changes[place].Change(patch, ref own);
        }
    }
}
