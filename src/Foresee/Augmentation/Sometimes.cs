namespace Foresee.Augmentation;

/// <summary>All of its changes, in order, with one probability; otherwise none.</summary>
public sealed record Sometimes(double Probability, params IReadOnlyList<ITransform> Changes) : ITransform
{
    public ITransform? For(int channels, ICollection<string> without)
    {
        List<ITransform> left = [.. Changes.Select(change => change.For(channels, without)).OfType<ITransform>()];
        return left.Count > 0 ? new Sometimes(Probability, left) : null;
    }

    public void Move(Warp warp, ref ViewRandom random)
    {
        if (!random.Chance(Probability)) return;
        for (var i = 0; i < Changes.Count; i++)
        {
            var own = random.Branch(i);
            Changes[i].Move(warp, ref own);
        }
    }

    public void Change(in ViewPixels view, ref ViewRandom random)
    {
        if (!random.Chance(Probability)) return;
        for (var i = 0; i < Changes.Count; i++)
        {
            var own = random.Branch(i);
            Changes[i].Change(view, ref own);
        }
    }
}
