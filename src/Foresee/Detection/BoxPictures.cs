using Foresee.Images;

namespace Foresee.Detection;

/// <summary>A folder of <see cref="BoxPicture"/>s.</summary>
public static class BoxPictures
{
    public const string Folder = "pictures";
    public const double UsualScore = 0.5;

    /// <summary>So many of the images, evenly over all of them.</summary>
    public static void Write(string folder, IReadOnlyList<AnnotatedImage> images, IReadOnlyList<IReadOnlyList<DetectedObject>> found,
        IReadOnlyList<string> classes, double least, int count) =>
        Write(folder, EvenSample.Of(images.Count, count).Select(i => (images[i], found[i])), classes, least);

    /// <summary>NAME.svg of each image; of equal names the later ones get a number.</summary>
    public static void Write(string folder, IEnumerable<(AnnotatedImage Image, IReadOnlyList<DetectedObject> Found)> images,
        IReadOnlyList<string> classes, double least)
    {
        Directory.CreateDirectory(folder);
        var names = new Dictionary<string, int>();
        foreach (var (image, found) in images)
        {
            var count = names[image.Name] = names.GetValueOrDefault(image.Name) + 1;
            BoxPicture.Write(Path.Combine(folder, count == 1 ? $"{image.Name}.svg" : $"{image.Name}-{count}.svg"), image, found, classes, least);
        }
    }
}
