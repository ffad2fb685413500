using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using Foresee.DataSets;
using Foresee.Tests.Images;

namespace Foresee.Tests.DataSets;

public sealed class DownloadTests : IDisposable
{
    private static readonly byte[] Content = [.. Enumerable.Range(0, 300_000).Select(i => (byte)(i * i >> 3))];
    private readonly Scratch scratch = new();
    private readonly LoopbackServer server = new() { Content = Content };
    private readonly HttpClient client = LoopbackServer.Client();

    public void Dispose()
    {
        client.Dispose();
        server.Dispose();
        scratch.Dispose();
    }

    private string Place => scratch.At("file.bin");
    private PublicFile Published => new(server.Address("file.bin"), Content.Length, Convert.ToHexStringLower(MD5.HashData(Content)));

    private Task Fetch(PublicFile? file = null, Action<long>? progress = null) =>
        new Download(client, file ?? Published, Place).RunAsync(progress, CancellationToken.None);

    private async Task<string> Message(PublicFile? file = null) => (await Assert.ThrowsAsync<DownloadException>(() => Fetch(file))).Message;

    [Fact]
    public async Task A_whole_file_arrives_and_its_progress_is_told()
    {
        var told = new List<long>();
        await Fetch(progress: told.Add);
        Assert.Equal(Content, File.ReadAllBytes(Place));
        Assert.Equal(Content.Length, told[^1]);
        Assert.Equal(told.Order(), told);
        Assert.Equal(["file.bin"], Directory.GetFiles(scratch.Folder).Select(Path.GetFileName));
    }

    [Fact]
    public async Task An_interrupted_download_goes_on_where_it_was()
    {
        server.BreaksAfter = 120_000;
        Assert.StartsWith($"{Published.Address} broke off after 120,000 of 300,000 bytes: ", await Message(), StringComparison.Ordinal);
        Assert.False(File.Exists(Place));
        server.BreaksAfter = null;
        await Fetch();
        Assert.Equal(["", "bytes=120000-"], server.Requests);
        Assert.Equal(Content, File.ReadAllBytes(Place));
    }

    [Fact]
    public async Task A_server_that_ignores_ranges_is_asked_for_the_whole_file_and_a_longer_part_is_cut()
    {
        scratch.Write("file.bin.part", [.. Content[..299_999].Reverse()]);
        server.Ranges = Ranges.Ignored;
        await Fetch();
        Assert.Equal(["bytes=299999-"], server.Requests);
        Assert.Equal(Content, File.ReadAllBytes(Place));
    }

    [Fact]
    public async Task Another_page_in_the_files_place_leaves_what_is_here_alone()
    {
        scratch.Write("file.bin.part", Content[..1000]);
        (server.Content, server.Ranges) = ("<html>Please sign in</html>"u8.ToArray(), Ranges.Ignored);
        Assert.Contains("offers 27 bytes, expected 300,000", await Message(), StringComparison.Ordinal);
        (server.Content, server.Ranges) = (Content, Ranges.Served);
        await Fetch();
        Assert.Equal(["bytes=1000-", "bytes=1000-"], server.Requests);
        Assert.Equal(Content, File.ReadAllBytes(Place));
    }

    [Fact]
    public async Task A_part_that_is_longer_than_the_servers_file_starts_over()
    {
        scratch.Write("file.bin.part", new byte[400_000]);
        await Fetch();
        Assert.Equal(["bytes=400000-", ""], server.Requests);
        Assert.Equal(Content, File.ReadAllBytes(Place));
    }

    [Fact]
    public async Task A_part_that_is_already_whole_is_only_checked()
    {
        scratch.Write("file.bin.part", Content);
        await Fetch();
        Assert.Empty(server.Requests);
        Assert.True(File.Exists(Place));
    }

    [Fact]
    public async Task A_wrong_sum_lays_the_file_aside_and_the_next_start_fetches_anew()
    {
        server.Content = [.. Content[..^1], (byte)(Content[^1] + 1)];
        Assert.Contains($"the MD5 sum {Convert.ToHexStringLower(MD5.HashData(server.Content))}, expected {Published.Md5}", await Message(),
            StringComparison.Ordinal);
        Assert.Equal(["file.bin.wrong"], Directory.GetFiles(scratch.Folder).Select(Path.GetFileName));
        server.Content = Content;
        await Fetch();
        Assert.Equal(["file.bin"], Directory.GetFiles(scratch.Folder).Select(Path.GetFileName));
    }

    [Theory]
    [InlineData(100_000, "offers 100,000 bytes, expected 300,000")]
    [InlineData(400_000, "offers 400,000 bytes, expected 300,000")]
    public async Task Another_length_than_published_is_no_success(int length, string expected)
    {
        server.Content = new byte[length];
        Assert.Contains(expected, await Message(), StringComparison.Ordinal);
        Assert.False(File.Exists(Place));
    }

    [Fact]
    public async Task A_sum_may_cover_the_beginning_only()
    {
        var file = Published with { Md5 = Convert.ToHexStringLower(MD5.HashData(Content.AsSpan(0, 1000))), SummedBytes = 1000 };
        server.Content = [.. Content[..1000], .. new byte[299_000]];
        await Fetch(file);
        File.Delete(Place);
        server.Content[999]++;
        Assert.Contains("MD5", await Message(file), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_put_there_by_hand_is_checked_and_taken()
    {
        scratch.Write("file.bin", Content);
        await Fetch();
        Assert.Empty(server.Requests);
        scratch.Write("file.bin", new byte[Content.Length]);
        Assert.Contains("MD5", await Message(), StringComparison.Ordinal);
        Assert.False(File.Exists(Place));
    }

    [Fact]
    public async Task A_refusal_keeps_the_part_and_says_what_to_do_by_hand()
    {
        scratch.Write("file.bin.part", Content[..1000]);
        server.Refuses = HttpStatusCode.NotFound;
        var message = await Message();
        Assert.StartsWith($"{Published.Address} answered 404 (NotFound)", message, StringComparison.Ordinal);
        Assert.Contains($"fetch it elsewhere, put it at {Place}", message, StringComparison.Ordinal);
        Assert.Equal(1000, new FileInfo(Place + ".part").Length);
    }

    [Fact]
    public async Task A_server_that_is_not_there_is_named_with_what_to_do_by_hand()
    {
        var free = new TcpListener(IPAddress.Loopback, 0);
        free.Start();
        var address = $"http://127.0.0.1:{((IPEndPoint)free.LocalEndpoint).Port}/file.bin";
        free.Stop();
        var message = await Message(Published with { Address = address });
        Assert.StartsWith($"{address} can't be reached: Connection refused", message, StringComparison.Ordinal);
        Assert.Contains($"fetch it elsewhere, put it at {Place}", message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_silent_server_is_given_up()
    {
        using var silent = new TcpListenerThatStaysSilent();
        var download = new Download(client, Published with { Address = silent.Address },
            Place)
        { Patience = TimeSpan.FromMilliseconds(200) };
        var error = await Assert.ThrowsAsync<DownloadException>(() => download.RunAsync(null, CancellationToken.None));
        Assert.Contains("broke off after 10 of 300,000 bytes: nothing came for", error.Message, StringComparison.Ordinal);
    }

    /// <summary>Ten bytes, then nothing more.</summary>
    private sealed class TcpListenerThatStaysSilent : IDisposable
    {
        private readonly TcpListener listener = new(IPAddress.Loopback, 0);
        private readonly Task<TcpClient> client;

        public TcpListenerThatStaysSilent()
        {
            listener.Start();
            client = AnswerAsync();
        }

        public string Address => $"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}/file.bin";

        private async Task<TcpClient> AnswerAsync()
        {
            var accepted = await listener.AcceptTcpClientAsync();
            await accepted.GetStream().WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 300000\r\n\r\n0123456789"u8.ToArray());
            return accepted;
        }

        public void Dispose()
        {
            client.Result.Dispose();
            listener.Dispose();
        }
    }
}
