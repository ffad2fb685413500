namespace Foresee.Images;

/// <summary>What a method needs to know of a set of images to choose its settings.</summary>
/// <param name="Name">Of the recipe that knows these images, such as "cifar10"; "folder" for images that were only looked at.</param>
/// <param name="Count">Images that can be learnt from.</param>
/// <param name="Input">The size that suits them, their channels, and the statistics of their pixels.</param>
public sealed record DataProfile(string Name, int Count, InputFormat Input)
{
    /// <summary>
    /// Whether images have an upside, as photographs have. Where they have none, as seen from above, methods turn and mirror their views.
    /// </summary>
    public bool Upright { get; init; } = true;

    /// <summary>
    /// Whether left and right differ in the images as a whole, as in shoes that all point the same way; true where that is not known.
    /// </summary>
    public bool Sided { get; init; } = true;

    /// <summary>
    /// Whether the images show things on a ground of one brightness, as drawings and letters do; false where that is not known.
    /// </summary>
    public bool OnEmptyGround { get; init; }

    /// <summary>Why this size and these channels, one sentence each.</summary>
    public IReadOnlyList<string> Reasons { get; init; } = [];

    /// <summary>What is odd about the images, so that little may be learnt from them; one sentence each.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];
}
