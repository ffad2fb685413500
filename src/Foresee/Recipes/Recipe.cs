using Foresee.Images;
using Foresee.Methods;
using Foresee.Methods.Cpc;
using Foresee.Starts;

namespace Foresee.Recipes;

/// <summary>
/// What a data set taught us: how its images are read, and the settings of one method that were found on it. Every other method takes its
/// own
/// settings for such images.
/// </summary>
/// <param name="Profile">Of these images; it may look at them.</param>
/// <param name="Method">Whose settings <paramref name="Tuned"/> has.</param>
/// <param name="Tuned">The whole run with that method.</param>
public sealed record Recipe(string Name, string Description, string Method, Func<IImageSource, DataProfile> Profile, Func<DataProfile,
    PretrainOptions> Tuned)
{
    private const int LeastFromLarge = 64, Halved = 32; // pixels
    private const string Cpc = CpcV2Options.MethodName;

    public static IReadOnlyList<Recipe> All { get; } =
    [
        new(FashionMnist.Name, "28 px grey photographs of clothes: the demo", Cpc, FashionMnist.Profile, FashionMnist.CpcV2),
        new(Cifar10.Name, "32 px colour photographs", Cpc, Cifar10.Profile, Cifar10.CpcV2),
        new(Stl10.Name, "64 px crops of 96 px colour photographs", Cpc, Stl10.Profile, Stl10.CpcV2),
        new(Imagewang.Name96, "Image网 at 96 px: ten kinds of dogs and other things, few "
            + "labels", Cpc, Imagewang.Profile96, Imagewang.CpcV2),
        new(Imagewang.Name128, "Image网 at 128 px", Cpc, Imagewang.Profile128, Imagewang.CpcV2),
        new(ImageNet.Name, "the paper's own: ResNet-161, 260 px crops, batches of 512; for a cluster", Cpc, ImageNet.Profile,
            ImageNet.CpcV2),
        new(FolderProfile.Name, "any images: chooses size, method and encoder from what it finds", Cpc, FolderProfile.Of, data =>
            Untuned(Cpc, data)) { Choose = MethodChoice.For },
    ];

    /// <summary>Which method suits the images, where it depends on them; null for <see cref="Method"/>.</summary>
    public Func<DataProfile, MethodChoice>? Choose { get; init; }

    /// <summary>The method that such images are learnt by where none is asked for.</summary>
    public string MethodFor(DataProfile profile) => Choose?.Invoke(profile).Method ?? Method;

    /// <summary>Options for these images.</summary>
    /// <param name="method">Null for the recipe's own, or what suits the images.</param>
    /// <exception cref="ArgumentException">There is no such method.</exception>
    public PretrainOptions Build(IImageSource images, string? method = null)
    {
        if (method is not null && !MethodOptions.Names.Contains(method))
            throw new ArgumentException($"There is no method '{method}'{Nearest(method, MethodOptions.Names)} Known: "
                + $"{string.Join(", ", MethodOptions.Names)}.");
        var profile = Profile(images);
        var name = method ?? MethodFor(profile);
        var options = name == Method ? Tuned(profile) : Untuned(name, profile);
        string[] why = method is null && Choose is { } choose ? [choose(profile).Reason] : [];
        return options with { Reasons = [.. profile.Reasons, .. why, .. options.Reasons], Warnings = profile.Warnings };
    }

    /// <summary>Options to learn on from weights that are there, on these images.</summary>
    /// <param name="side">Pixels that images are brought to; null for the profile's, enlarged where the weights know large ones.</param>
    /// <exception cref="ArgumentException">The method can't go on from such weights.</exception>
    public PretrainOptions Continue(IImageSource images, string method, StartingPoint start, int? side = null)
    {
        var profile = Profile(images);
        using var encoder = start.Read();
        var pixels = side ?? StartSide(encoder.Input, profile.Input);
        profile = profile with { Input = StartingPoint.Input(encoder, profile.Input, pixels) };
        var options = Untuned(method, profile, known => known.On(encoder.Options));
        return options with
        {
            Recipe = $"{options.Recipe}+{start.Name}",
            Start = start,
            Reasons = [$"{pixels} px, normalised as {start.Name} is used to", .. options.Reasons],
            Warnings = profile.Warnings,
        };
    }

    /// <summary>Of weights trained on large images a first layer reduces four times: small images are enlarged for it.</summary>
    private static int StartSide(InputFormat known, InputFormat own) => known.Height <= LeastFromLarge
        ? known.Height
        : Math.Clamp(Math.Min(own.Height, own.Width), LeastFromLarge, known.Height) / Halved * Halved;

    /// <summary>A method with its own settings for such images.</summary>
    private static PretrainOptions Untuned(string name, DataProfile data, Func<MethodOptions, MethodOptions>? change = null)
    {
        var method = MethodOptions.For(name, data);
        if (change is not null) method = change(method);
        var (suggested, minutes) = (method.Suggested, Minutes(data.Count));
        if (method.IsClosedForm) return ClosedForm(name, method, data);
        var batch = Math.Clamp(data.Count, 2, suggested.BatchSize);
        return new(name == Cpc ? data.Name : $"{data.Name}/{name}", data.Input, method, new()
        {
            Budget = new(Minutes: minutes),
            BatchSize = batch,
            Optimiser = suggested.Optimiser,
        })
        {
            Reasons = [
                .. method.Reasons(data.Input),
                .. batch < suggested.BatchSize
                    ? [$"all {batch} images in a batch, where {suggested.BatchSize} would be compared; so few teach little"]
                    : Array.Empty<string>(),
            ],
            BudgetReason = $"{minutes} minutes: {data.Count:N0} images; --minutes, --epochs or --images sets another length",
        };
    }

    /// <summary>A length means nothing to it; the batch is what is read at once.</summary>
    private static PretrainOptions ClosedForm(string name, MethodOptions method, DataProfile data)
    {
        var batch = Math.Clamp(data.Count, 1, method.Suggested.BatchSize);
        return new($"{data.Name}/{name}", data.Input, method, new()
        {
            Budget = new(Images: batch),
            BatchSize = batch,
            Optimiser = method.Suggested.Optimiser,
        })
        {
            Reasons = [.. method.Reasons(data.Input)],
        };
    }

    /// <summary>A small set is learnt by heart before long; a large one needs time to be seen at all.</summary>
    private static int Minutes(int images) => images < 2_000 ? 10 : images < 30_000 ? 30 : 60;

    /// <exception cref="ArgumentException">No such recipe; the message suggests the nearest name.</exception>
    public static Recipe Find(string name) => All.FirstOrDefault(r => r.Name == name)
        ?? throw new ArgumentException($"Unknown recipe '{name}'{Nearest(name, All.Select(r => r.Name))} Known: "
            + $"{string.Join(", ", All.Select(r => r.Name))}.");

    private static string Nearest(string typed, IEnumerable<string> names) =>
        NearestName.Find(typed, names) is { } nearest ? $"; did you mean '{nearest}'?" : ".";
}
