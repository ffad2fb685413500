using System.IO.Compression;
using NuGet.Common;
using NuGet.Configuration;
using NuGet.Protocol;
using NuGet.Protocol.Core.Types;
using NuGet.Versioning;

namespace Foresee.Starts;

/// <summary>A file inside a NuGet package, by the sources, proxies and folders that NuGet is set up for on this machine.</summary>
/// <param name="Entry">Its path in the package.</param>
public sealed record NuGetFile(string Id, string Version, string Entry)
{
    /// <summary>Takes it from the packages folder if a restore left it there, else from the first source that has it.</summary>
    /// <param name="bytes">Of the package, for what is reported.</param>
    /// <exception cref="StartException">No source has it, or none can be reached.</exception>
    public async Task ExtractAsync(string path, long bytes, Action<string> report, CancellationToken cancel)
    {
        var settings = Settings.LoadDefaultSettings(root: null);
        var restored = Path.Combine(SettingsUtility.GetGlobalPackagesFolder(settings), Id.ToLowerInvariant(), Version,
            Entry.Replace('/', Path.DirectorySeparatorChar));
        if (File.Exists(restored))
        {
            report($"taking {Id} {Version} from {SettingsUtility.GetGlobalPackagesFolder(settings)}");
            File.Copy(restored, path, overwrite: true);
            return;
        }
        var package = path + ".nupkg";
        await FetchAsync(settings, package, bytes, report, cancel).ConfigureAwait(false);
        using (var archive = Open(package))
        {
            var entry = archive.GetEntry(Entry)
                ?? throw new StartException($"{Id} {Version} holds no {Entry}; its source has another package.");
            report($"unpacking {Entry}");
            entry.ExtractToFile(path, overwrite: true);
        }
        File.Delete(package);
    }

    private ZipArchive Open(string package)
    {
        try
        {
            return ZipFile.OpenRead(package);
        }
        catch (InvalidDataException error)
        {
            throw new StartException($"{Id} {Version} arrived damaged ({error.Message}); start the same command again.", error);
        }
    }

    private async Task FetchAsync(ISettings settings, string package, long bytes, Action<string> report, CancellationToken cancel)
    {
        var sources = new PackageSourceProvider(settings).LoadPackageSources().Where(source => source.IsEnabled).ToArray();
        var failures = new List<string>();
        foreach (var source in sources)
        {
            report(FormattableString.Invariant($"fetching {Id} {Version} ({bytes / 1e6:0} MB) from {source.Name}"));
            try
            {
                using var cache = new SourceCacheContext { DirectDownload = true };
                var repository = Repository.Factory.GetCoreV3(source);
                var packages = await repository.GetResourceAsync<FindPackageByIdResource>(cancel).ConfigureAwait(false);
                if (packages is null)
                {
                    failures.Add($"{source.Name} is no source of packages");
                    continue;
                }
                using var target = File.Create(package);
                if (await packages.CopyNupkgToStreamAsync(Id, NuGetVersion.Parse(Version), target, cache, NullLogger.Instance, cancel)
                    .ConfigureAwait(false)) return;
                failures.Add($"{source.Name} does not have it");
            }
            catch (Exception error) when (error is FatalProtocolException or HttpRequestException or IOException)
            {
                failures.Add($"{source.Name}: {(error.InnerException ?? error).Message.TrimEnd('.')}");
            }
        }
        throw new StartException($"{Id} {Version} can't be had: {(failures.Count > 0 ? string.Join("; ", failures)
            : "NuGet has no source on this machine")}. Check the network and the sources that `dotnet nuget list source` shows, or "
            + $"put the package into a folder and add it: dotnet nuget add source FOLDER.");
    }
}
