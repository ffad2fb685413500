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
        ?? throw new ArgumentException($"Unknown recipe '{name}'{(NearestName.Find(name, All.Select(r => r.Name)) is { } nearest ? $"; did you mean '{nearest}'?" : ".")} Known: {string.Join(", ", All.Select(r => r.Name))}.");
}
