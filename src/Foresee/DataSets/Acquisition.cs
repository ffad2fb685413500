namespace Foresee.DataSets;

/// <summary>How far the fetching of a data set has come.</summary>
/// <param name="Work">"fetching" or "unpacking", and the file.</param>
/// <param name="Done">Of Of bytes of that file.</param>
public sealed record AcquisitionProgress(string Work, long Done, long Of);

/// <summary>
/// A public data set from its servers to a folder. All work is done in FOLDER.part, which becomes FOLDER at the end, so that FOLDER is
/// whole when it is there; stopped at any time, the next start goes on with what FOLDER.part holds.
/// </summary>
public static class Acquisition
{
    /// <exception cref="DownloadException">The folder is not empty, or a file could not be fetched.</exception>
    public static async Task RunAsync(PublicData data, string folder, HttpClient client, Action<AcquisitionProgress>? progress,
        CancellationToken cancel)
    {
        folder = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
        if (Directory.Exists(folder) && Directory.EnumerateFileSystemEntries(folder).Any())
            throw new DownloadException($"{folder} holds something already; choose another folder with --out, or delete it first.");
        var work = folder + ".part";
        Directory.CreateDirectory(work);
        foreach (var file in data.Files)
            await new Download(client, file, Path.Combine(work, file.Name))
                .RunAsync(done => progress?.Invoke(new($"fetching {file.Name}", done, file.Bytes)), cancel).ConfigureAwait(false);

        var unpacked = Path.Combine(work, "unpacked");
        if (Directory.Exists(unpacked)) Directory.Delete(unpacked, recursive: true); // it was stopped midway
        foreach (var file in data.Files.Where(file => file.IsArchive))
            Archive.Unpack(Path.Combine(work, file.Name), unpacked, done =>
                progress?.Invoke(new($"unpacking {file.Name}", done, file.Bytes)), cancel);

        if (Directory.Exists(folder)) Directory.Delete(folder); // empty
        if (!Directory.Exists(unpacked))
        {
            Directory.Move(work, folder);
            return;
        }
        Directory.Move(Root(unpacked), folder);
        Directory.Delete(work, recursive: true);
    }

    /// <summary>Archives hold one folder with everything in it, whose name nobody asked for.</summary>
    private static string Root(string unpacked) =>
        Directory.GetFileSystemEntries(unpacked) is [var only] && Directory.Exists(only) ? only : unpacked;
}
