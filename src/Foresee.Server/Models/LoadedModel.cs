using System.Globalization;
using System.Security.Cryptography;
using Foresee.Images;
using Foresee.Inference;

namespace Foresee.Server.Models;

/// <summary>A model that has computed a first image. Disposed when its last user has gone.</summary>
internal sealed class LoadedModel
{
    /// <summary>References told of an image, at most.</summary>
    public const int MostNearest = 24;

    private readonly string? thumbnails; // within the folder
    private int users = 1; // the slot that it stands in

    private LoadedModel(Classifier classifier, string folder, string version)
    {
        (Classifier, Folder, Name, Version) = (classifier, folder, NameOf(folder), version);
        string[] possible = [Description.ThumbnailFolder(), ModelDescription.Thumbnails];
        thumbnails = possible.FirstOrDefault(place => Directory.Exists(Path.Combine(folder, place)));
    }

    public Classifier Classifier { get; }
    public ModelDescription Description => Classifier.Description;

    /// <summary>Where thumbnails/ may be.</summary>
    public string Folder { get; private set; }

    public string Name { get; private set; }

    /// <summary>The first 12 digits of the SHA-256 of model.onnx.</summary>
    public string Version { get; }

    public bool HasThumbnails => thumbnails is not null;

    /// <param name="path">A folder with model.onnx, or the file.</param>
    public static LoadedModel Load(string path)
    {
        var folder = Directory.Exists(path) ? path : Path.GetDirectoryName(Path.GetFullPath(path))!;
        var file = Directory.Exists(path) ? Path.Combine(path, ModelDescription.ModelFile) : path;
        // Each image has a thread of its own.
        var classifier = Classifier.Load(path, new ClassifierOptions { Threads = 1, Nearest = MostNearest });
        try
        {
            var input = classifier.Description.Input;
            var size = checked(input.ReadHeight * input.ReadWidth * input.Channels);
            classifier.Predict(new Image(input.ReadWidth, input.ReadHeight, input.Channels, new byte[size]) { HasAlpha = false });
            using var stream = File.OpenRead(file);
            var version = Convert.ToHexStringLower(SHA256.HashData(stream))[..12];
            return new(classifier, folder, version);
        }
        catch
        {
            classifier.Dispose();
            throw;
        }
    }

    public string ThumbnailOf(int index) =>
        Path.Combine(Folder, thumbnails ?? "", string.Create(CultureInfo.InvariantCulture, $"{index}.jpg"));

    public void MovedTo(string folder) => (Folder, Name) = (folder, NameOf(folder));

    private static string NameOf(string folder) => Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder)));

    /// <returns>Whether it can still be used.</returns>
    internal bool TryTake()
    {
        for (var seen = Volatile.Read(ref users); seen > 0;)
        {
            var before = Interlocked.CompareExchange(ref users, seen + 1, seen);
            if (before == seen) return true;
            seen = before;
        }
        return false;
    }

    internal void Release()
    {
        if (Interlocked.Decrement(ref users) == 0) Classifier.Dispose();
    }
}
