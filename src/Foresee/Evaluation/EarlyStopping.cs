using Foresee.Labels;
using Foresee.Torch;

namespace Foresee.Evaluation;

/// <summary>
/// Some of the labelled images are not learnt from but classified now and then; the weights that classified most of them stay, and
/// learning ends when that has not improved for a while (Hénaff et al. 2020, section 3.2).
/// </summary>
internal sealed class EarlyStopping : IDisposable
{
    private readonly Tensor[] parameters, best;
    private readonly int patience;
    private double highest = double.NegativeInfinity;
    private int since;

    /// <param name="patience">Measurements in a row that are worse than the best, after which learning ends.</param>
    public EarlyStopping(IEnumerable<Tensor> parameters, int patience)
    {
        this.parameters = [.. parameters];
        this.patience = patience;
        best = Array.ConvertAll(this.parameters, p => Copy(p));
    }

    /// <summary>The same share of each class, but never its only image; none where that is fewer than least images in all.</summary>
    /// <returns>Places in labels, in rising order.</returns>
    public static (int[] Learnt, int[] Held) Split(int[] labels, double share, int least, int seed)
    {
        int[] all = [.. Enumerable.Range(0, labels.Length)];
        if (labels.Length * share < least) return (all, []);
        var members = labels.CountBy(label => label).ToDictionary();
        int[] held = [.. LabelDraw.Take(labels, new(100 * share, LabelUnit.Percent), seed).Where(place => members[labels[place]] > 1)];
        return ([.. all.Except(held)], held);
    }

    /// <summary>Whether to go on. Of equal accuracies the later one is kept.</summary>
    public bool GoOn(double accuracy)
    {
        if (accuracy < highest) return ++since < patience;
        (highest, since) = (accuracy, 0);
        Copy(parameters, best);
        return true;
    }

    /// <summary>The weights of the best measurement.</summary>
    public void Restore() => Copy(best, parameters);

    private static Tensor Copy(Tensor tensor)
    {
        using var scope = TensorScope.Begin();
        return scope.Keep(tensor.Detach().Clone());
    }

    private static void Copy(Tensor[] from, Tensor[] to)
    {
        using var noGrad = Autograd.NoGrad();
        foreach (var (old, fresh) in to.Zip(from)) old.Copy_(fresh);
    }

    public void Dispose()
    {
        foreach (var tensor in best) tensor.Dispose();
    }
}
