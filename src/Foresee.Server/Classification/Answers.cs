namespace Foresee.Server.Classification;

/// <summary>The answer to a request, as JSON.</summary>
/// <param name="Model">The name of the model's folder.</param>
/// <param name="Version">Of its model.onnx.</param>
/// <param name="Milliseconds">From the last byte of the request to the answer.</param>
internal sealed record ClassifyAnswer(string Model, string Version, double Milliseconds, IReadOnlyList<ImageAnswer> Images);

/// <summary>One image: its classes, or why it can't be read.</summary>
/// <param name="Name">As the sender called it, without folders.</param>
internal sealed record ImageAnswer(string? Name)
{
    public string? Label { get; init; }
    public double? Probability { get; init; }

    /// <summary>Most probable first.</summary>
    public IReadOnlyList<ClassAnswer>? Classes { get; init; }

    /// <summary>Whether the image is unlike the training images; absent where the model can't tell.</summary>
    public bool? OutOfPlace { get; init; }

    /// <summary>Mean cosine distance to the nearest training images.</summary>
    public double? Distance { get; init; }

    /// <summary>The classes among which the true one is with the coverage that was asked for.</summary>
    public IReadOnlyList<string>? Set { get; init; }

    /// <summary>The training images that are most alike, most alike first.</summary>
    public IReadOnlyList<NearestAnswer>? Nearest { get; init; }

    public ImageFault? Fault { get; init; }
}

internal sealed record ClassAnswer(string Label, double Probability);

/// <param name="Similarity">Cosine, -1 to 1.</param>
/// <param name="Thumbnail">Where its picture is, or null.</param>
internal sealed record NearestAnswer(string? Label, double Similarity, string? Thumbnail);

/// <param name="Code">unreadable_image, too_many_pixels.</param>
internal sealed record ImageFault(string Code, string Detail);
