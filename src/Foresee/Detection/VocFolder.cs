using Foresee.Images;
using Foresee.Images.Decoding;

namespace Foresee.Detection;

/// <summary>
/// The layout of PASCAL VOC: Annotations/NAME.xml, JPEGImages/NAME.jpg (or any other ending of images), and the names of a split in
/// ImageSets/Main/SPLIT.txt.
/// </summary>
public static class VocFolder
{
    private const string Annotations = "Annotations", Pictures = "JPEGImages";
    private static readonly string Sets = Path.Combine("ImageSets", "Main");

    /// <summary>Splits that the folder names.</summary>
    public static IReadOnlyList<string> Splits(string folder) => Directory.Exists(Path.Combine(folder, Sets))
        ? [.. Directory.GetFiles(Path.Combine(folder, Sets), "*.txt").Select(file => Path.GetFileNameWithoutExtension(file))
            .Order(StringComparer.Ordinal)]
        : [];

    /// <param name="split">Such as train, val or test; null for all annotations.</param>
    /// <exception cref="ImageDataException">The folder, the split, an annotation or a box can't be used.</exception>
    public static AnnotatedImages Open(string folder, string? split)
    {
        foreach (var part in new[] { Annotations, Pictures })
            if (!Directory.Exists(Path.Combine(folder, part)))
                throw new ImageDataException($"{folder} has no folder {part}, so it is not laid out as PASCAL VOC{Below(folder)}; expected "
                    + $"{Annotations}/NAME.xml beside {Pictures}/NAME.jpg.");
        var pictures = new Dictionary<string, string>();
        foreach (var file in Directory.GetFiles(Path.Combine(folder, Pictures)).Order(StringComparer.Ordinal))
            if (ImageFile.Extensions.Contains(Path.GetExtension(file))) pictures.TryAdd(Path.GetFileNameWithoutExtension(file), file);
        var (images, remarks) = (new List<AnnotatedImage>(), new List<string>());
        foreach (var name in Names(folder, split))
            if (Read(folder, name, pictures, remarks) is { } image) images.Add(image);
        var named = split is null ? folder : $"{folder}, {split}";
        return images.Count > 0 ? new(named, images, remarks)
            : throw new ImageDataException($"{named}: no image is left{(remarks.Count > 0 ? $"; {remarks[0]}" : "")}.");
    }

    /// <summary>A folder unpacked one level too deep.</summary>
    private static string Below(string folder) => Directory.Exists(folder)
        && Directory.GetDirectories(folder).Order(StringComparer.Ordinal).FirstOrDefault(inner => Directory.Exists(Path.Combine(inner,
            Annotations))) is { } found ? $" (but {found} is: name that)" : "";

    private static string[] Names(string folder, string? split)
    {
        if (split is null)
            return [.. Directory.GetFiles(Path.Combine(folder, Annotations), "*.xml").Select(file => Path.GetFileNameWithoutExtension(file))
                .Order(StringComparer.Ordinal)];
        var path = Path.Combine(folder, Sets, split + ".txt");
        if (!File.Exists(path))
            throw new ImageDataException($"There is no split '{split}' in {folder} ({path}); "
                + (Splits(folder) is { Count: > 0 } splits ? $"there are {string.Join(", ", splits)}." : "leave the split out to take all."));
        // A split of one class has a second column, 1 or -1.
        return [.. File.ReadLines(path)
            .Select(line => line.Split([' ', '\t', '\r'], StringSplitOptions.RemoveEmptyEntries).FirstOrDefault())
            .OfType<string>().Distinct()];
    }

    private static AnnotatedImage? Read(string folder, string name, Dictionary<string, string> pictures, List<string> remarks)
    {
        var path = Path.Combine(folder, Annotations, name + ".xml");
        if (!File.Exists(path))
            throw new ImageDataException($"The split names '{name}', and there is no {path}; add the file, or take the name out.");
        var file = VocFile.Read(path);
        var picture = pictures.GetValueOrDefault(name) ?? pictures.GetValueOrDefault(Path.GetFileNameWithoutExtension(file.Image));
        if (picture is null)
        {
            remarks.Add($"{path}: its image is not in {Pictures}, so it was left out");
            return null;
        }
        var header = Look(picture, remarks);
        if (header is null) return null;
        return Place(path, file, picture, header, remarks);
    }

    /// <summary>The boxes on the picture as it is seen; null where the sizes say that they are of another one.</summary>
    private static AnnotatedImage? Place(string path, VocFile file, string picture, PictureHeader header, List<string> remarks)
    {
        var (said, seen, turned) = ((file.Width, file.Height), (header.Width, header.Height), new TurnedPicture(header));
        var isSaid = file is { Width: > 0, Height: > 0 };
        var asStored = isSaid && turned.IsToldBySize && said == turned.Stored;
        if (isSaid && said != seen && !asStored)
        {
            remarks.Add($"{path} says {file.Width} x {file.Height} px and {picture} has {header.Width} x {header.Height}: its boxes can't be "
                + "trusted, so it was left out");
            return null;
        }
        if (asStored)
            remarks.Add($"{path} has the size of the picture as it is stored, and {picture} is shown turned (EXIF orientation "
                + $"{header.Orientation}): its boxes were turned with it");
        else if (turned.IsTurned && !(isSaid && turned.IsToldBySize) && file.Objects.Count > 0)
            remarks.Add($"{picture} is shown turned (EXIF orientation {header.Orientation}), and {path} does not tell by its size whether its "
                + "boxes were drawn before or after: they are taken as drawn on what is shown; look at one, or store the picture turned");
        var drawn = asStored ? turned.Stored : seen;
        var objects = file.Objects.Select(o => Object(path, o, drawn, remarks)).OfType<Annotation>();
        if (asStored) objects = objects.Select(o => o with { Box = turned.Seen(o.Box) });
        return new(picture, header.Width, header.Height, [.. objects]);
    }

    private static PictureHeader? Look(string picture, List<string> remarks)
    {
        try
        {
            return ImageFile.Look(picture);
        }
        catch (UnreadableImageException error)
        {
            remarks.Add($"{picture} was left out: {error.Reason}");
            return null;
        }
    }

    /// <summary>Null for a box without area.</summary>
    /// <param name="image">The size of the picture that boxes were drawn on.</param>
    private static Annotation? Object(string path, VocObject found, (int Width, int Height) image, List<string> remarks)
    {
        if (found.IsEmpty)
        {
            remarks.Add($"{path}: {found} has no area, so it was left out");
            return null;
        }
        var box = found.Box.Clip(image.Width, image.Height);
        if (box.Area == 0)
            throw new ImageDataException($"{path}: the box {found} lies outside its image of {image.Width} x {image.Height} px; correct it, or "
                + "take it out.");
        // Annotations counted from 0 begin at -1 here; that is no fault.
        var whole = found.Box;
        if (new[] { box.Left - whole.Left, box.Top - whole.Top, whole.Right - box.Right, whole.Bottom - box.Bottom }.Max() > 1)
            remarks.Add($"{path}: {found} reaches beyond {image.Width} x {image.Height} px, so it was cut there");
        return new(found.Class, box, found.Difficult);
    }
}
