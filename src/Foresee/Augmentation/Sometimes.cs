namespace Foresee.Augmentation;

/// <summary>All of its changes, in order, with one probability; otherwise none.</summary>
public sealed record Sometimes(double Probability, params IReadOnlyList<IPatchTransform> Changes) : IPatchTransform
{
    public IPatchTransform? For(int channels, ICollection<string> without)
    {
        List<IPatchTransform> left = [.. Changes.Select(change => change.For(channels, without)).OfType<IPatchTransform>()];
        return left.Count > 0 ? new Sometimes(Probability, left) : null;
    }

    public void Move(PatchWarp warp, ref PatchRandom random)
    {
        if (!random.Chance(Probability)) return;
        for (var i = 0; i < Changes.Count; i++)
        {
            var own = random.Branch(i);
            Changes[i].Move(warp, ref own);
        }
    }

    public void Change(PatchPixels patch, ref PatchRandom random)
    {
        if (!random.Chance(Probability)) return;
        for (var i = 0; i < Changes.Count; i++)
        {
            var own = random.Branch(i);
            Changes[i].Change(patch, ref own);
        }
    }
}
