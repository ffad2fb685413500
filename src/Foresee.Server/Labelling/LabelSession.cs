using Foresee.Images;
using Foresee.Server.Hosting;

namespace Foresee.Server.Labelling;

/// <param name="Count">Labels of it, images that are not in the pool with them.</param>
internal sealed record ClassCount(string Name, int Count);

/// <summary>
/// Who labels what. Each browser is handed images of its own for ten minutes; the first label of an image counts, and another browser
/// that comes later is told of it. Every change is on disk before it is answered.
/// </summary>
internal sealed class LabelSession : IDisposable
{
    private static readonly TimeSpan lent = TimeSpan.FromMinutes(10);
    private readonly Lock gate = new();
    private readonly ILabelFile file;
    private readonly TimeProvider time;
    private readonly string[] paths;
    private readonly Dictionary<int, string> given = []; // image -> the browser that labelled it in this session
    private readonly Dictionary<int, (string Client, DateTimeOffset Until)> hands = [];
    private readonly HashSet<int> skipped = [];
    private readonly List<string> classes;
    private IReadOnlyList<int> order;

    /// <param name="paths">Full paths of the pool's images.</param>
    /// <param name="known">Classes of the model.</param>
    /// <param name="order">The images as they are to be labelled, all of them.</param>
    public LabelSession(IReadOnlyList<string> paths, ILabelFile file, IEnumerable<string> known, IReadOnlyList<int> order,
        TimeProvider time)
    {
        (this.paths, this.file, this.order, this.time) = ([.. paths], file, order, time);
        classes = [.. known.Concat(file.Labels.Values.Order(StringComparer.Ordinal)).Distinct()];
    }

    /// <summary>Images of the pool.</summary>
    public int Images => paths.Length;

    public string PathOf(int image) => image >= 0 && image < paths.Length ? paths[image]
        : throw new Problem(404, "not_found", $"There are the images 0 to {paths.Length - 1}.");

    public IReadOnlyList<ClassCount> Classes
    {
        get
        {
            lock (gate)
            {
                var counts = file.Labels.Values.CountBy(label => label).ToDictionary();
                return [.. classes.Select(name => new ClassCount(name, counts.GetValueOrDefault(name)))];
            }
        }
    }

    /// <summary>Images of the pool that have a label, and those that were passed over.</summary>
    public (int Labelled, int Skipped) Progress
    {
        get
        {
            lock (gate) return (paths.Count(file.Labels.ContainsKey), skipped.Count);
        }
    }

    public IReadOnlyList<int> Unlabelled
    {
        get
        {
            lock (gate) return [.. Enumerable.Range(0, paths.Length).Where(image => !IsLabelled(image))];
        }
    }

    /// <summary>Of each image with a label.</summary>
    public IReadOnlyDictionary<int, string> Labelled
    {
        get
        {
            lock (gate)
                return Enumerable.Range(0, paths.Length).Where(IsLabelled).ToDictionary(image => image, image => file.Labels[paths[image]]);
        }
    }

    /// <param name="next">All images, that which is to be labelled first in front.</param>
    public void Reorder(IReadOnlyList<int> next)
    {
        lock (gate) order = next;
    }

    /// <summary>Images for one browser: those that it has in hand, then others that nobody has; those passed over come last.</summary>
    public IReadOnlyList<int> Next(string client, int count)
    {
        lock (gate)
        {
            var now = time.GetUtcNow();
            bool Mine(int image) => hands.TryGetValue(image, out var hand) && hand.Client == client;
            bool Free(int image) => !hands.TryGetValue(image, out var hand) || hand.Client == client || hand.Until <= now;
            var open = order.Where(image => !IsLabelled(image) && Free(image));
            List<int> taken = [.. open.OrderBy(image => skipped.Contains(image)).ThenByDescending(Mine).Take(count)];
            foreach (var image in taken) hands[image] = (client, now + lent);
            return taken;
        }
    }

    /// <summary>On disk when this returns.</summary>
    /// <exception cref="Problem">No such image or class, or the image has a label.</exception>
    public void Give(string client, int image, string label)
    {
        var path = PathOf(image);
        lock (gate)
        {
            if (!classes.Contains(label))
                throw new Problem(422, "unknown_class", $"There is no class '{label}'; add it before.");
            if (file.Labels.TryGetValue(path, out var before))
            {
                if (before == label && given.GetValueOrDefault(image) == client) return; // sent again after a lost answer
                throw new Problem(409, "already_labelled", $"The image has the label '{before}' already; undo it where it was given.")
                { More = new Dictionary<string, object?> { ["label"] = before } };
            }
            Save(() => file.Add(path, label));
            given[image] = client;
            skipped.Remove(image);
            hands.Remove(image);
        }
    }

    /// <summary>Takes a label back, or a passing over; the image is in the browser's hand again.</summary>
    /// <exception cref="Problem">The label is not this browser's.</exception>
    public void Undo(string client, int image)
    {
        var path = PathOf(image);
        lock (gate)
        {
            if (IsLabelled(image))
            {
                if (given.GetValueOrDefault(image) != client)
                    throw new Problem(409, "not_yours", "The label was given elsewhere, or before this server started; change it in the file.");
                Save(() => file.Remove(path));
                given.Remove(image);
            }
            skipped.Remove(image);
            hands[image] = (client, time.GetUtcNow() + lent);
        }
    }

    /// <summary>The image comes again when all others have been seen.</summary>
    public void Skip(int image)
    {
        _ = PathOf(image);
        lock (gate)
        {
            if (!IsLabelled(image)) skipped.Add(image);
            hands.Remove(image);
        }
    }

    /// <summary>On disk with its first label.</summary>
    /// <exception cref="Problem">The name would be none of a folder, or is there.</exception>
    public void AddClass(string name)
    {
        if (!ClassName.IsFolder(name)) throw ClassName.Bad(name);
        lock (gate)
        {
            if (classes.Contains(name, StringComparer.OrdinalIgnoreCase))
                throw new Problem(409, "class_exists", $"There is a class '{name}' already.");
            if (classes.Count >= 1000) throw new Problem(422, "bad_class", "There are 1,000 classes, which is as many as there can be.");
            classes.Add(name);
        }
    }

    private static void Save(Action save)
    {
        try
        {
            save();
        }
        catch (ImageDataException error)
        {
            throw new Problem(409, "labels_file", $"The label is not saved, because the file of labels was changed: {error.Message}", error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new Problem(500, "not_saved", $"The disk did not take it ({error.GetType().Name}); see that there is room, then try again.", error);
        }
    }

    private bool IsLabelled(int image) => file.Labels.ContainsKey(paths[image]);

    public void Dispose()
    {
        lock (gate) file.Dispose();
    }
}
