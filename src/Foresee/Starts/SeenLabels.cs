namespace Foresee.Starts;

/// <summary>Whether weights have seen the labels of the images that they are measured on: then few labels are no few labels.</summary>
public static class SeenLabels
{
    /// <summary>Data sets made of ImageNet's photographs, by how their names begin.</summary>
    private static readonly string[] Derived = ["stl10", "imagen", "imagew"];

    /// <summary>Why the labels of these images are no news to the weights, in words; null where nothing is known against them.</summary>
    /// <param name="weights">Their name.</param>
    /// <param name="trainedOn">As a start says; null where that is not known.</param>
    /// <param name="data">Name or folder of the labelled images.</param>
    /// <param name="classes">Their names.</param>
    public static string? Of(string weights, string? trainedOn, string data, IReadOnlyList<string> classes)
    {
        if (trainedOn != PretrainedStart.ImageNet) return null;
        var name = Path.GetFileName(Path.TrimEndingDirectorySeparator(data));
        return Derived.Any(word => name.StartsWith(word, StringComparison.OrdinalIgnoreCase)) || IsWordNet(classes)
            ? $"{weights} was trained on {trainedOn}, and {data} is made of ImageNet's photographs" : null;
    }

    /// <summary>ImageNet and what is made of it name classes n01440764 and the like.</summary>
    private static bool IsWordNet(IReadOnlyList<string> classes) =>
        classes.Count > 0 && classes.All(name => name.Length == 9 && name[0] == 'n' && name.Skip(1).All(char.IsAsciiDigit));
}
