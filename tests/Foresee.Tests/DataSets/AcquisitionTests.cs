using System.Security.Cryptography;
using Foresee.DataSets;
using Foresee.Images;
using Foresee.Tests.Images;

namespace Foresee.Tests.DataSets;

public sealed class AcquisitionTests : IDisposable
{
    private readonly Scratch scratch = new();
    private readonly LoopbackServer server = new();
    private readonly HttpClient client = LoopbackServer.Client();

    public void Dispose()
    {
        client.Dispose();
        server.Dispose();
        scratch.Dispose();
    }

    private string Folder => Path.Combine(scratch.Folder, "data/set");

    private PublicData Published(string name, byte[] content)
    {
        server.Content = content;
        return new("set", "", "", [new(server.Address(name), content.Length, Convert.ToHexStringLower(MD5.HashData(content)))]);
    }

    private Task Fetch(PublicData data) => Acquisition.RunAsync(data, Folder, client, null, CancellationToken.None);

    private string[] Found() => [.. Directory.GetFiles(scratch.Folder, "*", SearchOption.AllDirectories)
        .Select(file => Path.GetRelativePath(scratch.Folder, file)).Order(StringComparer.Ordinal)];

    [Fact]
    public async Task An_archive_becomes_a_folder_of_what_its_one_folder_holds()
    {
        await Fetch(Published("set.tar.gz", ArchiveTests.Pack(("set-v1/", null, null),
            ("set-v1/data_batch_1.bin", Records.Cifar(7, 3), null), ("set-v1/readme", [1], null))));
        Assert.Equal(["data/set/data_batch_1.bin", "data/set/readme"], Found());
        Assert.Equal(Records.Pixels(7, 32), ImageSources.Open(Folder).Read(0).Pixels);
    }

    [Fact]
    public async Task An_archive_without_a_folder_of_its_own_is_taken_as_it_is()
    {
        await Fetch(Published("set.tgz", ArchiveTests.Pack(("a", [1], null), ("b", [2], null))));
        Assert.Equal(["data/set/a", "data/set/b"], Found());
    }

    [Fact]
    public async Task Files_that_are_no_archives_stay_as_they_are()
    {
        var labels = Scratch.Pack("x.gz", [0, 0, 8, 1, .. Scratch.BigEndian(1), 5]);
        await Fetch(Published("train-labels-idx1-ubyte.gz", labels));
        Assert.Equal(["data/set/train-labels-idx1-ubyte.gz"], Found());
        Assert.Equal(labels, File.ReadAllBytes(Path.Combine(Folder, "train-labels-idx1-ubyte.gz")));
    }

    [Fact]
    public async Task A_stopped_start_is_gone_on_with_and_the_folder_is_there_only_when_whole()
    {
        var data = Published("set.tar.gz", ArchiveTests.Pack(("set/a", [.. Enumerable.Range(0, 5000).Select(i => (byte)(i * i >> 4))],
            null)));
        server.BreaksAfter = 1000;
        await Assert.ThrowsAsync<DownloadException>(() => Fetch(data));
        Assert.False(Directory.Exists(Folder));
        scratch.Write("data/set.part/unpacked/half-of-a-file", [1]);
        server.BreaksAfter = null;
        await Fetch(data);
        Assert.Equal(["", "bytes=1000-"], server.Requests);
        Assert.Equal(["data/set/a"], Found());
    }

    [Fact]
    public async Task A_folder_that_holds_something_is_left_alone_and_an_empty_one_is_filled()
    {
        var data = Published("set.tgz", ArchiveTests.Pack(("set/a", [1], null)));
        scratch.Write("data/set/mine", [1]);
        Assert.Contains("holds something already", (await Assert.ThrowsAsync<DownloadException>(() => Fetch(data))).Message,
            StringComparison.Ordinal);
        Assert.Empty(server.Requests);
        File.Delete(scratch.At("data/set/mine"));
        await Fetch(data);
        Assert.Equal(["data/set/a"], Found());
    }

    [Fact]
    public void Every_known_data_set_can_be_fetched_and_the_other_way_round()
    {
        Assert.Equal(KnownData.Names.Order(StringComparer.Ordinal), PublicData.All.Select(data => data.Name).Order(StringComparer.Ordinal));
        Assert.All(PublicData.All.SelectMany(data => data.Files), file =>
        {
            Assert.Matches("^[0-9a-f]{32}$", file.Md5);
            Assert.InRange(file.Bytes, 4_000, 3_000_000_000);
            Assert.Matches(@"^[\w.-]+\.(gz|tgz)$", file.Name);
        });
    }
}
