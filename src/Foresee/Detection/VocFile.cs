using System.Globalization;
using System.Xml;
using System.Xml.Linq;
using Foresee.Images;

namespace Foresee.Detection;

/// <summary>One annotation file of PASCAL VOC as it stands there: corners inclusive, counted from 1.</summary>
/// <param name="Image">The name of the picture's file; empty where none is given.</param>
/// <param name="Width">In pixels; 0 where no size is given.</param>
/// <param name="Height">Likewise.</param>
internal sealed record VocFile(string Image, int Width, int Height, IReadOnlyList<VocObject> Objects)
{
    private static readonly XmlReaderSettings Settings = new() { DtdProcessing = DtdProcessing.Prohibit, IgnoreComments = true };

    /// <exception cref="ImageDataException">The file is no XML, or an object lacks its name or box.</exception>
    public static VocFile Read(string path)
    {
        try
        {
            using var reader = XmlReader.Create(path, Settings);
            var root = XDocument.Load(reader).Root!;
            if (root.Name != "annotation") throw Fault(path, $"its outermost element is <{root.Name}>, expected <annotation>");
            var size = root.Element("size");
            return new(Text(root, "filename") ?? "", Pixels(size, "width"), Pixels(size, "height"),
                [.. root.Elements("object").Select((element, i) => Object(path, element, i + 1))]);
        }
        catch (XmlException error)
        {
            throw Fault(path, $"it is no XML ({error.Message.TrimEnd('.')})", error);
        }
    }

    private static VocObject Object(string path, XElement element, int number)
    {
        var name = Text(element, "name") ?? throw Fault(path, $"object {number} has no <name>");
        var box = element.Element("bndbox") ?? throw Fault(path, $"object {number} ({name}) has no <bndbox>");
        double Corner(string side) => double.TryParse(Text(box, side), CultureInfo.InvariantCulture, out var value)
            && double.IsFinite(value) ? value : throw Fault(path, $"<{side}> of object {number} ({name}) must be a number, got '{Text(box, side)}'");
        return new(name, Corner("xmin"), Corner("ymin"), Corner("xmax"), Corner("ymax"), Text(element, "difficult") is "1" or "true");
    }

    private static int Pixels(XElement? size, string side) => size is not null
        && double.TryParse(Text(size, side), CultureInfo.InvariantCulture, out var value) && value is >= 1 and <= int.MaxValue
        ? (int)value : 0;

    private static string? Text(XElement parent, string name) => parent.Element(name)?.Value.Trim() is { Length: > 0 } text ? text : null;

    private static ImageDataException Fault(string path, string what, Exception? cause = null) =>
        new($"{path} can't be read as an annotation of PASCAL VOC: {what}; mend the file, or take its image out of the set.", cause!);
}

/// <param name="Left">Of the first column that belongs to it, counted from 1; <paramref name="Right"/> of the last.</param>
internal sealed record VocObject(string Class, double Left, double Top, double Right, double Bottom, bool Difficult)
{
    public bool IsEmpty => Right <= Left || Bottom <= Top;

    public Box Box => new(Left - 1, Top - 1, Right, Bottom);

    public override string ToString() => FormattableString.Invariant($"{Class} ({Left}, {Top}, {Right}, {Bottom})");
}
