using System.Formats.Tar;
using System.IO.Compression;
using Foresee.DataSets;
using Foresee.Tests.Images;

namespace Foresee.Tests.DataSets;

public sealed class ArchiveTests : IDisposable
{
    private readonly Scratch scratch = new();

    public void Dispose() => scratch.Dispose();

    /// <summary>A gzipped tar archive of files (name and content), folders (no content) and links (a name and where it leads).</summary>
    public static byte[] Pack(params (string Name, byte[]? Content, string? Link)[] entries)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest))
        using (var tar = new TarWriter(gzip, TarEntryFormat.Ustar))
            foreach (var (name, content, link) in entries)
                tar.WriteEntry(link is not null ? new UstarTarEntry(TarEntryType.SymbolicLink, name) { LinkName = link }
                    : content is null ? new UstarTarEntry(TarEntryType.Directory, name)
                    : new UstarTarEntry(TarEntryType.RegularFile, name) { DataStream = new MemoryStream(content) });
        return packed.ToArray();
    }

    private void Unpack(byte[] archive) => Archive.Unpack(scratch.Write("a.tgz", archive), scratch.At("out/deep"), null,
        CancellationToken.None);

    private string[] Found() => [.. Directory.GetFiles(scratch.Folder, "*", SearchOption.AllDirectories)
        .Select(file => Path.GetRelativePath(scratch.Folder, file)).Order(StringComparer.Ordinal)];

    [Fact]
    public void Files_and_folders_come_out_as_they_went_in()
    {
        Unpack(Pack(("set/", null, null), ("set/a.bin", [1, 2, 3], null), ("set/empty", [], null),
            ("./set/no/folder/entry.bin", [4], null)));
        Assert.Equal(["a.tgz", "out/deep/set/a.bin", "out/deep/set/empty", "out/deep/set/no/folder/entry.bin"], Found());
        Assert.Equal([1, 2, 3], File.ReadAllBytes(scratch.At("out/deep/set/a.bin")));
        Assert.Empty(File.ReadAllBytes(scratch.At("out/deep/set/empty")));
    }

    [Theory]
    [InlineData("../escaped.bin")]
    [InlineData("set/../../escaped.bin")]
    [InlineData("../deeper/escaped.bin")] // begins like the folder's name
    [InlineData("/tmp/foresee-escaped.bin")]
    public void What_would_lie_outside_is_refused(string name)
    {
        var error = Assert.Throws<DownloadException>(() => Unpack(Pack((name, [1], null))));
        Assert.Contains($"wants to write {name}, outside the folder", error.Message, StringComparison.Ordinal);
        Assert.Equal(["a.tgz"], Found());
        Assert.False(File.Exists("/tmp/foresee-escaped.bin"));
    }

    [Fact]
    public void A_link_is_refused_so_nothing_can_be_written_through_it()
    {
        var error = Assert.Throws<DownloadException>(() => Unpack(Pack(("way", null, "/tmp"), ("way/escaped.bin", [1], null))));
        Assert.Contains("holds way, a SymbolicLink", error.Message, StringComparison.Ordinal);
        Assert.Equal(["a.tgz"], Found());
    }

    [Fact]
    public void A_damaged_archive_is_refused()
    {
        var whole = Pack(("set/a.bin", [.. Enumerable.Range(0, 50_000).Select(i => (byte)(i * i >> 5))], null));
        var turned = (byte[])whole.Clone();
        turned[^6] ^= 1; // of the sum at its end
        foreach (var archive in new[] { turned, whole[..(whole.Length / 2)], [1, 2, 3] })
            Assert.Contains("a.tgz is damaged", Assert.Throws<DownloadException>(() => Unpack(archive)).Message, StringComparison.Ordinal);
    }
}
