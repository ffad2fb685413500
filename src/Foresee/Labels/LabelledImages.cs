using Foresee.Images;

namespace Foresee.Labels;

/// <summary>Images with the class of each.</summary>
/// <param name="Labels">One per image, an index into Classes.</param>
public sealed record LabelledImages(IImageSource Images, int[] Labels, string[] Classes)
{
    /// <summary>Images per class.</summary>
    public int[] Counts()
    {
        var counts = new int[Classes.Length];
        foreach (var label in Labels) counts[label]++;
        return counts;
    }
}

/// <param name="Test">Null where the data has no test part.</param>
public sealed record LabelledSplits(LabelledImages Train, LabelledImages? Test);
