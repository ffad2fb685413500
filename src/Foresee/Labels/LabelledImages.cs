using System.Globalization;
using Foresee.Images;

namespace Foresee.Labels;

/// <summary>Images with the class of each.</summary>
/// <param name="Labels">One per image, an index into Classes.</param>
public sealed record LabelledImages(IImageSource Images, int[] Labels, string[] Classes)
{
    /// <summary>Images that <see cref="Readable"/> left out.</summary>
    public IReadOnlyList<SkippedImage> Skipped { get; init; } = [];

    /// <summary>Images with 16 bits per channel in their file, as <see cref="Readable"/> found.</summary>
    public int SixteenBit { get; init; }

    /// <summary>Classes that had images, all of which <see cref="Readable"/> left out.</summary>
    public IReadOnlyList<string> Lost { get; init; } = [];

    /// <summary>Classes that have a folder and no image in it; they are none of <see cref="Classes"/>.</summary>
    public IReadOnlyList<string> Empty { get; init; } = [];

    /// <summary>Images that are the first of several in their file, as <see cref="Readable"/> found.</summary>
    public int WithMorePictures { get; init; }

    /// <summary>Classes whose names differ in capitals, blanks or the way a number is written, and so may be meant to be one.</summary>
    public IReadOnlyList<string[]> LookAlikes() =>
        [.. Classes.GroupBy(Plain).Where(group => group.Count() > 1).Select(group => group.ToArray())];

    private static string Plain(string name) =>
        double.TryParse(name, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number)
            ? number.ToString(CultureInfo.InvariantCulture)
            : string.Concat(name.Where(c => !char.IsWhiteSpace(c) && c is not ('-' or '_'))).ToUpperInvariant();

    /// <summary>Images per class.</summary>
    public int[] Counts()
    {
        var counts = new int[Classes.Length];
        foreach (var label in Labels) counts[label]++;
        return counts;
    }

    /// <summary>The same with the class numbers of training, of which a test part may have fewer, not more.</summary>
    /// <exception cref="ImageDataException">A class that training does not have.</exception>
    public LabelledImages Among(string[] training)
    {
        var numbers = Array.ConvertAll(Classes, label => Array.IndexOf(training, label));
        var unknown = Array.IndexOf(numbers, -1);
        if (unknown >= 0)
            throw new ImageDataException($"{Images.Name} has the class '{Classes[unknown]}', which training does not have; "
                + $"classes of training: {Listed(training)}; of {Images.Name}: {Listed(Classes)}. Name the classes alike.");
        return this with { Labels = Array.ConvertAll(Labels, label => numbers[label]), Classes = training };
    }

    private static string Listed(string[] classes) =>
        string.Join(", ", classes.Take(20)) + (classes.Length > 20 ? $" and {classes.Length - 20} more" : "");

    /// <summary>Some of them; classes keep their numbers.</summary>
    public LabelledImages Only(int[] indices, string name) =>
        this with { Images = new ImageSelection(Images, indices, name), Labels = Array.ConvertAll(indices, index => Labels[index]) };

    /// <summary>Those whose images can be read in this form; classes keep their numbers.</summary>
    /// <param name="progress">Images read, on any thread.</param>
    /// <param name="threads">Null: as many as there are cores.</param>
    /// <exception cref="ImageDataException">None can be read.</exception>
    public LabelledImages Readable(InputFormat fit, Action<int>? progress = null, int? threads = null,
        CancellationToken cancel = default)
    {
        var readable = new ReadableImages(Images, fit, progress, threads, cancel);
        var kept = this with
        {
            Images = readable,
            Labels = [.. readable.Indices.Select(index => Labels[index])],
            Skipped = readable.Skipped,
            SixteenBit = readable.SixteenBit,
            WithMorePictures = readable.WithMorePictures,
        };
        return kept with { Lost = [.. Classes.Zip(Counts(), kept.Counts()).Where(c => c.Second > 0 && c.Third == 0).Select(c => c.First)] };
    }
}

/// <param name="Test">Null where the data has no test part.</param>
public sealed record LabelledSplits(LabelledImages Train, LabelledImages? Test)
{
    /// <summary>What the name of data ends with whose test images are none.</summary>
    public const string ValidationMark = " (validation)";

    /// <summary>
    /// To choose settings by: validation images of the training part in place of test images. The name says so, and with it every result.
    /// </summary>
    /// <exception cref="ImageDataException">A class has a single image.</exception>
    /// <param name="balanced">As many validation images of each class, so that each counts the same; a third of the smallest class instead
    /// of a sixth of each, since they are few.</param>
    public LabelledSplits Validating(bool balanced = false)
    {
        var single = Array.IndexOf(Train.Counts(), 1);
        if (single >= 0)
            throw new ImageDataException($"Class '{Train.Classes[single]}' of {Train.Images.Name} has 1 image; "
                + "validation needs 2 or more, to learn from and to measure on. Add images, or measure on test images.");
        var (split, name) = (balanced
            ? ValidationSplit.Balanced(Train.Labels)
            : ValidationSplit.Of(Train.Labels), Train.Images.Name + ValidationMark);
        return new(Train.Only(split.Pool, name), Train.Only(split.Held, name) with { Skipped = [], SixteenBit = 0, WithMorePictures = 0 });
    }
}
