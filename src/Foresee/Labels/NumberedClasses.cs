using System.Globalization;
using Foresee.Images;

namespace Foresee.Labels;

/// <summary>Labels that files hold as numbers from 0, and the names of their classes where these are known.</summary>
internal static class NumberedClasses
{
    /// <param name="classes">Their names; null for the numbers found in training.</param>
    public static LabelledSplits Join(string folder, LabelledImages train, LabelledImages? test, string[]? classes)
    {
        classes ??= [.. Enumerable.Range(0, train.Labels.Max() + 1).Select(label => label.ToString(CultureInfo.InvariantCulture))];
        foreach (var part in test is null ? [train] : new[] { train, test })
            if (part.Labels.Max() >= classes.Length)
                throw new ImageDataException($"{part.Images.Name} has the label {part.Labels.Max()}, but its classes go from 0 to "
                    + $"{classes.Length - 1}; are train and test of one data set?");
        if (train.Labels.Distinct().Count() < 2)
            throw new ImageDataException($"{folder} has labels of one class only; telling classes apart needs at least two.");
        return new(train with { Classes = classes }, test is null ? null : test with { Classes = classes });
    }
}
