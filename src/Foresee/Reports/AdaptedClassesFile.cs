using CsvHelper;
using Foresee.Torch.Files;

namespace Foresee.Reports;

/// <summary>The class of an image, as a file or a person takes it.</summary>
public sealed record AdaptedClass(string Path, string Class, double Probability);

/// <summary>What an adapted classifier says of the target's images: path,class,probability, the last from 0 to 1.</summary>
public static class AdaptedClassesFile
{
    public const string Header = "path,class,probability";

    public static void Write(string path, IEnumerable<AdaptedClass> images)
    {
        var text = new StringWriter();
        using (var csv = CsvWriter.Create(text, new() { NewLine = "\n" }))
        {
            csv.WriteHeader(Header.Split(','));
            foreach (var image in images)
                csv.WriteRecord([image.Path, image.Class, FormattableString.Invariant($"{image.Probability:0.####}")]);
        }
        AtomicFile.Write(path, text.ToString());
    }
}
