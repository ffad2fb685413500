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
        new("stl10", "64 px crops of 96 px colour photographs", Stl10.CpcV2),
        new("imagewang-96", "Image网 at 96 px: ten kinds of dogs and other things, few labels", Imagewang.CpcV2At96),
        new("imagewang-128", "Image网 at 128 px", Imagewang.CpcV2At128),
        new("imagenet/cpc-v2", "the paper's own: ResNet-161, 260 px crops, batches of 512; for a cluster", ImageNet.CpcV2),
        new("folder", "any images: chooses size, patches, encoder and offsets from what it finds", AnyFolder.CpcV2),
    ];

    /// <exception cref="ArgumentException">No such recipe; the message suggests the nearest name.</exception>
    public static Recipe Find(string name) => All.FirstOrDefault(r => r.Name == name)
        ?? throw new ArgumentException($"Unknown recipe '{name}'{(NearestName.Find(name, All.Select(r => r.Name)) is { } nearest ? $"; did you mean '{nearest}'?" : ".")} Known: {string.Join(", ", All.Select(r => r.Name))}.");
}
