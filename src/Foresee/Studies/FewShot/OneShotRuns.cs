using Foresee.Images;

namespace Foresee.Studies.FewShot;

/// <summary>One question of a run: a test image, and the known image of the same class.</summary>
/// <param name="Test">Place among all images of <see cref="OneShotRuns"/>.</param>
/// <param name="Known">Likewise.</param>
public sealed record OneShotItem(int Test, int Known);

/// <summary>
/// Omniglot's one-shot classification as it is published: run01 to run20, each with class_labels.txt of lines "run01/test/item01.png
/// run01/training/class08.png". Each test image is to be matched with the one known image of its class among those of its run.
/// </summary>
/// <remarks>Lake, Salakhutdinov and Tenenbaum 2015; github.com/brendenlake/omniglot, python/one-shot-classification/all_runs.zip.</remarks>
public sealed class OneShotRuns
{
    private const string Labels = "class_labels.txt", Pattern = "run*";

    private OneShotRuns(ImageFolder images, IReadOnlyList<IReadOnlyList<OneShotItem>> runs) => (Images, Runs) = (images, runs);

    public ImageFolder Images { get; }

    /// <summary>The questions of each run, in the order of their names.</summary>
    public IReadOnlyList<IReadOnlyList<OneShotItem>> Runs { get; }

    /// <summary>Whether a folder has the layout.</summary>
    public static bool Is(string folder) => Folders(folder).Any();

    private static IEnumerable<string> Folders(string folder) => !Directory.Exists(folder) ? []
        : Directory.EnumerateDirectories(folder, Pattern).Where(run => File.Exists(Path.Combine(run, Labels)))
            .Order(StringComparer.Ordinal);

    /// <exception cref="ImageDataException">A line can't be read, or names an image that is not there.</exception>
    public static OneShotRuns Open(string folder)
    {
        var (files, places, runs) = (new List<string>(), new Dictionary<string, int>(), new List<IReadOnlyList<OneShotItem>>());
        int Place(string name, string list, int line)
        {
            if (places.TryGetValue(name, out var place)) return place;
            if (!File.Exists(Path.Combine(folder, name)))
                throw new ImageDataException($"{list}, line {line} names {name}, and there is no such file below {folder}; unpack all of the "
                    + "runs there.");
            files.Add(name);
            return places[name] = files.Count - 1;
        }
        foreach (var run in Folders(folder))
        {
            var (list, items) = (Path.Combine(run, Labels), new List<OneShotItem>());
            foreach (var (number, line) in File.ReadLines(list).Index().Where(line => line.Item.Trim().Length > 0))
                items.Add(line.Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) is [var test, var known]
                    ? new(Place(test, list, number + 1), Place(known, list, number + 1))
                    : throw new ImageDataException($"{list}, line {number + 1} should be 'runNN/test/item.png runNN/training/class.png', "
                        + $"got '{line}'."));
            if (items.Count < 2) throw new ImageDataException($"{list} has {items.Count} lines; a run needs 2 or more.");
            runs.Add(items);
        }
        return runs.Count > 0 ? new(new ImageFolder(folder, files), runs)
            : throw new ImageDataException($"{folder} holds no run01 to run20 with {Labels}; unpack all_runs.zip of Omniglot there.");
    }

    /// <summary>Errors of each run, where the known image with the smallest distance is taken (the first of equals).</summary>
    /// <param name="distance">Of a test image and a known one, by their places.</param>
    public int[] Errors(Func<int, int, double> distance) => [.. Runs.Select(run => run.Count(item =>
        run.Select(other => other.Known).MinBy(known => distance(item.Test, known)) != item.Known))];
}
