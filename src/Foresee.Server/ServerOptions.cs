using System.Net;
using Foresee.Server.Models;

namespace Foresee.Server;

/// <summary>What a server takes, and from whom.</summary>
/// <param name="Model">The folder of a fitted model, or its model.onnx.</param>
public sealed record ServerOptions(string Model)
{
    /// <summary>Where it listens. Any other than loopback needs a <see cref="Token"/>.</summary>
    public IPAddress Address { get; init; } = IPAddress.Loopback;

    /// <summary>0 for one that is free.</summary>
    public int Port { get; init; } = 8080;

    /// <summary>What every request but those for health and for the page itself must carry; null for none.</summary>
    public string? Token { get; init; }

    /// <summary>Images that are computed at the same time, each on one thread.</summary>
    public int Threads { get; init; } = Environment.ProcessorCount;

    /// <summary>Images that may wait; a request that would make it more is refused with 503.</summary>
    public int Queue { get; init; } = 256;

    /// <summary>Of one request.</summary>
    public int MostImages { get; init; } = 64;

    /// <summary>Bytes of one request.</summary>
    public long MostBytes { get; init; } = 32L << 20;

    /// <summary>Pixels of one image, looked at before it is decoded.</summary>
    public long MostPixels { get; init; } = 50_000_000;

    /// <summary>Bytes that all requests together may hold in memory; a request that would make it more is refused with 503.</summary>
    public long MostMemory { get; init; } = 512L << 20;

    /// <summary>Seconds in which a request must have arrived.</summary>
    public double BodySeconds { get; init; } = 30;

    /// <summary>Requests a second that one address may make in the long run, and twice as many at once; null for no limit.</summary>
    public double? Rate { get; init; }

    /// <summary>Seconds that requests have to end when the server stops.</summary>
    public double StopSeconds { get; init; } = 30;

    /// <summary>Label mode; null for none.</summary>
    public LabelOptions? Labels { get; init; }

    /// <exception cref="ArgumentException">Names every fault at once.</exception>
    public void Validate()
    {
        List<string> faults = [];
        if (Port is < 0 or > 65535) faults.Add($"a port is 0 to 65535, got {Port}");
        if (Token is null && !IPAddress.IsLoopback(Address))
            faults.Add($"{Address} can be reached by others, so a token is needed (--token-file)");
        if (Token is { Length: < AccessTokenLength }) faults.Add($"a token has {AccessTokenLength} characters or more, got {Token.Length}");
        if (Threads < 1) faults.Add($"at least 1 thread computes, got {Threads}");
        if (MostImages < 1) faults.Add($"a request has at least 1 image, got {MostImages}");
        if (Queue < MostImages) faults.Add($"the queue must hold the {MostImages} images of one request, got {Queue}");
        if (MostBytes < 1) faults.Add($"a request has at least 1 byte, got {MostBytes}");
        if (MostMemory < MostBytes) faults.Add($"the memory must hold the {MostBytes} bytes of one request, got {MostMemory}");
        if (MostPixels < 1) faults.Add($"an image has at least 1 pixel, got {MostPixels}");
        if (BodySeconds <= 0 || StopSeconds <= 0) faults.Add("times are above 0");
        if (Rate is <= 0) faults.Add($"the rate is above 0, got {Rate}");
        if (Labels is not null) AddPlaces(faults, Labels);
        if (faults.Count > 0) throw new ArgumentException($"The server can't be started: {string.Join("; ", faults)}.");
    }

    internal const int AccessTokenLength = 16;

    internal ServerOptions WithFullPaths() => this with
    {
        Model = FullPath(Model),
        Labels = Labels is null ? null : Labels with { Pool = FullPath(Labels.Pool), Labels = FullPath(Labels.Labels) },
    };

    /// <summary>What lies in the model's folder is deleted by the second refit; copies of labels must not join the pool.</summary>
    private void AddPlaces(List<string> faults, LabelOptions places)
    {
        var model = FullPath(Model);
        string[] exchanged = File.Exists(model) ? [] : [model, ModelExchange.Next(model), ModelExchange.Before(model)];
        foreach (var (what, place) in new[] { ("labels", places.Labels), ("pool", places.Pool) })
            if (Array.Find(exchanged, folder => IsIn(place, folder)) is { } folder)
                faults.Add($"the {what} {place} would be lost by a refit, which exchanges {folder}; keep them elsewhere");
        var isFile = places.Labels.EndsWith(".csv", StringComparison.OrdinalIgnoreCase) && !Directory.Exists(places.Labels);
        if (!isFile && !File.Exists(places.Pool) && (IsIn(places.Labels, places.Pool) || IsIn(places.Pool, places.Labels)))
            faults.Add($"the folders of labels {places.Labels} and of images to label {places.Pool} lie in each other; name two apart");
    }

    private static string FullPath(string path) => Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));

    private static bool IsIn(string place, string folder) => Within(place).StartsWith(Within(folder), StringComparison.Ordinal);

    private static string Within(string folder) => FullPath(folder).TrimEnd(Path.DirectorySeparatorChar) + Path.DirectorySeparatorChar;
}

/// <summary>What is labelled, and where labels go.</summary>
/// <param name="Pool">A folder of images, or a CSV file that names them.</param>
/// <param name="Labels">A CSV file of path,label, or a folder with one folder of images per class. It need not exist.</param>
public sealed record LabelOptions(string Pool, string Labels)
{
    /// <summary>
    /// How a model is fitted anew from the labels; null where it can't be. The standard input of the process is silent and ends with the
    /// server, however that ends; a fit that does not watch it goes on alone where the server is killed.
    /// </summary>
    public Func<RefitRequest, System.Diagnostics.ProcessStartInfo>? Refit { get; init; }

    /// <summary>Minutes of a refit.</summary>
    public double RefitMinutes { get; init; } = 10;
}

/// <summary>What a refit is given.</summary>
/// <param name="Pool">As in <see cref="LabelOptions"/>.</param>
/// <param name="Labels">As in <see cref="LabelOptions"/>.</param>
/// <param name="Output">The folder of the new model.</param>
public sealed record RefitRequest(string Pool, string Labels, string Output, double Minutes);
