using Foresee.Images;

namespace Foresee.Detection;

/// <summary>A folder of <see cref="BoxPicture"/>s: NAME.svg of each image; of equal names the later ones get a number.</summary>
/// <param name="least">Boxes are drawn from this score on.</param>
public sealed class BoxPictures(string folder, IReadOnlyList<string> classes, double least)
{
    public const string Folder = "pictures";
    public const double UsualScore = 0.5;

    private readonly Dictionary<string, int> names = [];

    /// <summary>So many of the images, evenly over all of them.</summary>
    public void Write(IReadOnlyList<AnnotatedImage> images, IReadOnlyList<IReadOnlyList<DetectedObject>> found, int count)
    {
        Directory.CreateDirectory(folder);
        foreach (var i in EvenSample.Of(images.Count, count)) Write(images[i], found[i]);
    }

    public void Write(AnnotatedImage image, IReadOnlyList<DetectedObject> found)
    {
        Directory.CreateDirectory(folder);
        var count = names[image.Name] = names.GetValueOrDefault(image.Name) + 1;
        BoxPicture.Write(Path.Combine(folder, count == 1 ? $"{image.Name}.svg" : $"{image.Name}-{count}.svg"), image, found, classes, least);
    }
}
