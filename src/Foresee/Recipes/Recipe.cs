using Foresee.Images;

namespace Foresee.Recipes;

/// <summary>A named way to pretrain, and how long it takes to show what it can.</summary>
/// <param name="Build">Options for these images; a recipe may look at them.</param>
public sealed record Recipe(string Name, string Description, Func<IImageSource, PretrainOptions> Build)
{
    public static IReadOnlyList<Recipe> All { get; } =
    [
        new("fashion-mnist", "28 px grey photographs of clothes: the demo", FashionMnist.CpcV2),
        new("cifar10", "32 px colour photographs", Cifar10.CpcV2),
        new("folder", "any images: chooses size, patches, encoder and offsets from what it finds", AnyFolder.CpcV2),
    ];

    /// <exception cref="ArgumentException">No such recipe; the message suggests the nearest name.</exception>
    public static Recipe Find(string name) => All.FirstOrDefault(r => r.Name == name)
        ?? throw new ArgumentException($"Unknown recipe '{name}'; did you mean '{All.MinBy(r => Distance(name, r.Name))!.Name}'? Known: {string.Join(", ", All.Select(r => r.Name))}.");

    /// <summary>Edits (insert, delete, replace one letter) from one word to the other: Levenshtein 1966.</summary>
    private static int Distance(string a, string b)
    {
        var row = Enumerable.Range(0, b.Length + 1).ToArray();
        for (var i = 1; i <= a.Length; i++)
        {
            var diagonal = row[0]++;
            for (var j = 1; j <= b.Length; j++)
            {
                var replace = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(replace, Math.Min(row[j], row[j - 1]) + 1);
            }
        }
        return row[^1];
    }
}
