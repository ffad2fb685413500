using System.Globalization;
using Foresee.Images;
using Foresee.Inference;

namespace Foresee.Cli;

/// <summary>What came of many images, counted.</summary>
internal sealed class PredictionTally
{
    private const int MostNamed = 5; // classes, in one line
    private readonly Dictionary<string, int> classes = new(StringComparer.Ordinal);
    private readonly List<SkippedImage> skipped = [];

    public int Images { get; private set; }
    public int Predicted => Images - skipped.Count;
    public int OutOfPlace { get; private set; }
    public int SixteenBit { get; private set; }
    public int MorePictures { get; private set; }
    public bool Stopped { get; set; }

    /// <summary>How many images each class is the most probable of, most first.</summary>
    public IReadOnlyDictionary<string, int> Classes => classes.OrderByDescending(count => count.Value)
        .ThenBy(count => count.Key, StringComparer.Ordinal).ToDictionary();

    public IReadOnlyList<SkippedImage> Skipped => skipped;

    public void Add(FileResult<Prediction> result)
    {
        if (result.Value is { } prediction)
        {
            var name = prediction.Classes[0].Class;
            classes[name] = classes.GetValueOrDefault(name) + 1;
            if (prediction.OutOfPlace == true) OutOfPlace++;
            if (result.StoredBits > 8) SixteenBit++;
            if (result.Pictures > 1) MorePictures++;
        }
        else skipped.Add(new(Images, result.Name, result.Reason!));
        Images++;
    }

    /// <summary>"12 cat, 3 dog and 4 more".</summary>
    public string Counts()
    {
        var counts = Classes.ToList();
        var named = counts.Take(MostNamed).Select(count => string.Create(CultureInfo.InvariantCulture, $"{count.Value:N0} {count.Key}"));
        var rest = counts.Skip(MostNamed).Sum(count => count.Value);
        return string.Join(", ", named) + (rest > 0 ? string.Create(CultureInfo.InvariantCulture, $" and {rest:N0} of other classes") : "");
    }
}
