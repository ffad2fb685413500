using System.Diagnostics;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using Foresee.Images;

namespace Foresee.Server.Tests;

/// <summary>Each upload that nobody should send gets a clear refusal, soon, and the server goes on.</summary>
public sealed class HostileUploadTests : IAsyncLifetime
{
    private Served served = null!;

    public async Task InitializeAsync() =>
        served = await Served.Start((options, _) => options with { MostPixels = 1_000_000, BodySeconds = 2 });

    public async Task DisposeAsync()
    {
        await Classifies(); // whatever was sent before
        Assert.DoesNotContain(served.Told, line => line.StartsWith("The request", StringComparison.Ordinal));
        await served.DisposeAsync();
    }

    private async Task Classifies()
    {
        var answer = await Served.Ok(await served.Send(Served.Png(10, 200, 20)));
        Assert.Equal("green", answer.GetProperty("images")[0].GetProperty("label").GetString());
    }

    [Fact]
    public async Task Files_that_are_cut_off()
    {
        var png = Served.Png(1, 2, 3, 200, 200);
        var jpeg = ImageFile.EncodeJpeg(new(64, 64, 3, new byte[64 * 64 * 3]), 90);
        foreach (var whole in new[] { png, jpeg, MadeFiles.Tiff(4, 4) })
            for (var length = 1; length < whole.Length; length += Math.Max(1, whole.Length / 17))
                await Served.Refused(await served.Send(whole[..length], "application/octet-stream"), 422, "unreadable_image");
    }

    [Theory]
    [InlineData("<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"9\" height=\"9\"/>")]
    [InlineData("<?xml version=\"1.0\"?><!DOCTYPE a [<!ENTITY b SYSTEM \"file:///etc/passwd\">]><svg>&b;</svg>")]
    [InlineData("no image at all")]
    [InlineData("%PDF-1.7")]
    [InlineData("\u0000\u0001\u0002")]
    public async Task What_is_no_image(string text)
    {
        var problem = await Served.Refused(await served.Send(Encoding.UTF8.GetBytes(text), "image/png"), 422, "unreadable_image");
        Assert.DoesNotContain("root:", problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("image/svg+xml")]
    [InlineData("text/html")]
    [InlineData("application/x-www-form-urlencoded")]
    public async Task A_type_that_is_not_taken(string type) =>
        await Served.Refused(await served.Send(Served.Png(1, 2, 3), type), 415, "unsupported_type");

    [Fact]
    public async Task No_type_and_no_body()
    {
        using var content = new ByteArrayContent([1]);
        await Served.Refused(await served.Client.PostAsync(new Uri("/v1/classify", UriKind.Relative), content), 415, "unsupported_type");
        await Served.Refused(await served.Send(Array.Empty<byte>()), 400, "no_image");
        await Served.Refused(await served.Send(("empty.png", [])), 422, "unreadable_image");
    }

    public static TheoryData<string> Bombs => ["png", "png whole", "gif", "tiff", "pnm"];

    [Theory]
    [MemberData(nameof(Bombs))]
    public async Task Small_files_of_many_pixels(string kind)
    {
        var file = kind switch
        {
            "png" => MadeFiles.PngBomb(30_000, 30_000, rows: 2),
            "png whole" => MadeFiles.PngBomb(5000, 5000, rows: 5000), // 25 MB of pixels in 120 KB
            "gif" => MadeFiles.GifBomb(),
            "tiff" => MadeFiles.Tiff(30_000, 30_000),
            _ => Encoding.ASCII.GetBytes("P5 30000 30000 255\n"),
        };
        var (before, start) = (GC.GetTotalAllocatedBytes(precise: true), Stopwatch.GetTimestamp());
        var answer = await served.Send(file, "application/octet-stream");
        Assert.True(Stopwatch.GetElapsedTime(start).TotalSeconds < 5);
        Assert.True(GC.GetTotalAllocatedBytes(precise: true) - before < 50 << 20);
        if (kind == "pnm") await Served.Refused(answer, 422, "unreadable_image"); // that it lacks its rows is seen first
        else await Served.Refused(answer, 413, "too_many_pixels");
    }

    [Fact]
    public async Task A_remark_that_is_large_when_unpacked_is_not_read()
    {
        var file = MadeFiles.PngWithRemark(Served.Png(10, 200, 20), 200 << 20);
        var answer = await served.Send(file);
        Assert.True((int)answer.StatusCode is 200 or 422);
        Assert.True(Process.GetCurrentProcess().WorkingSet64 < 1L << 30);
    }

    [Fact]
    public async Task A_file_whose_pages_never_end() =>
        Assert.True((int)(await served.Send(MadeFiles.Tiff(4, 4, endless: true), "image/tiff")).StatusCode is 200 or 422);

    [Fact]
    public async Task One_pixel_is_enough_or_too_few_as_the_model_says()
    {
        await Served.Ok(await served.Send(Served.Png(9, 9, 9, 1, 1)));
        var model = Served.Model();
        model.Description = model.Description with { Input = model.Description.Input with { Small = SmallImages.Refuse } };
        await using var strict = await Served.Start(model: model);
        await Served.Refused(await strict.Send(Served.Png(9, 9, 9, 1, 1)), 422, "unreadable_image");
    }

    [Theory]
    [InlineData("../../../etc/passwd", "passwd")]
    [InlineData("/etc/shadow", "shadow")]
    [InlineData("..\\\\..\\\\windows\\\\win.ini", "win.ini")]
    [InlineData("%2e%2e%2fx.png", "%2e%2e%2fx.png")]
    [InlineData("..", "..")]
    [InlineData("<script>alert(1)</script>.png", "script>.png")]
    public async Task Names_are_only_said_back(string name, string said)
    {
        var files = Directory.GetFileSystemEntries(served.Folder.Path, "*", SearchOption.AllDirectories);
        var body = Multipart($"form-data; name=\"image\"; filename=\"{name}\"", Served.Png(200, 1, 1));
        var answer = await Served.Ok(await PostRaw(body));
        Assert.Equal(said, answer.GetProperty("images")[0].GetProperty("name").GetString());
        Assert.Equal("red", answer.GetProperty("images")[0].GetProperty("label").GetString());
        Assert.Equal(files, Directory.GetFileSystemEntries(served.Folder.Path, "*", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task A_very_long_name()
    {
        var answer = await Served.Ok(await PostRaw(Multipart($"form-data; name=\"image\"; filename=\"{new string('x', 5000)}\"", Served.Png(1, 1, 9))));
        Assert.Equal(200, answer.GetProperty("images")[0].GetProperty("name").GetString()!.Length);
        await Served.Refused(await PostRaw(Multipart($"form-data; name=\"image\"; filename=\"{new string('x', 50_000)}\"", Served.Png(1, 1, 9))),
            400, "bad_request");
    }

    [Fact]
    public async Task Ten_thousand_parts()
    {
        var body = new StringBuilder();
        for (var i = 0; i < 10_000; i++) body.Append($"--b\r\nContent-Disposition: form-data; name=\"image\"; filename=\"{i}\"\r\n\r\nx\r\n");
        await Served.Refused(await PostRaw(Encoding.ASCII.GetBytes(body.Append("--b--\r\n").ToString())), 413, "too_many_images");
    }

    [Theory]
    [InlineData("--b\r\nContent-Disposition: form-data; name=\"image\"; filename=\"a.png\"\r\n\r\nhalf", 400, "bad_request")]
    [InlineData("--other\r\n\r\nx\r\n--other--", 400, "bad_request")]
    [InlineData("--b\r\n\r\nno header\r\n--b--\r\n", 400, "bad_request")]
    [InlineData("--b\r\nContent-Disposition: form-data; name=\"top\"\r\n\r\n5\r\n--b--\r\n", 400, "no_image")]
    [InlineData("--b--\r\n", 400, "no_image")]
    [InlineData("", 400, "bad_request")]
    public async Task Parts_that_are_none(string body, int status, string code) =>
        await Served.Refused(await PostRaw(Encoding.ASCII.GetBytes(body)), status, code);

    [Fact]
    public async Task A_request_that_is_too_large()
    {
        await using var small = await Served.Start((options, _) => options with { MostBytes = 10_000 });
        await Served.Refused(await small.Send(new byte[10_001]), 413, "too_large");
        await Served.Refused(await small.Send(("a", new byte[6000]), ("b", new byte[6000])), 413, "too_large");
        using var chunked = new StreamContent(new Endless(3 << 20)); // its length is not told
        chunked.Headers.ContentType = new("image/png");
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/classify") { Content = chunked };
        request.Headers.TransferEncodingChunked = true;
        await Served.Refused(await small.Client.SendAsync(request), 413, "too_large");
        await Served.Ok(await small.Send(Served.Png(1, 2, 3)));
    }

    [Fact]
    public async Task Memory_is_taken_for_what_has_come_not_for_what_is_promised()
    {
        var context = new Microsoft.AspNetCore.Http.DefaultHttpContext();
        (context.Request.ContentType, context.Request.ContentLength) = ("image/png", 30 << 20);
        context.Request.Body = new MemoryStream([1]); // all in one go on this thread
        var before = GC.GetAllocatedBytesForCurrentThread();
        using var uploads = await Classification.Uploads.Read(context.Request, new("model"), new(1 << 30));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 1, 1 << 20);
    }

    [Fact]
    public async Task A_body_that_trickles_is_cut()
    {
        using var socket = new TcpClient();
        await socket.ConnectAsync(served.Server.Address.Host, served.Server.Address.Port);
        var stream = socket.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes(
            "POST /v1/classify HTTP/1.1\r\nHost: localhost\r\nContent-Type: image/png\r\nContent-Length: 1000\r\n\r\n"));
        var start = Stopwatch.GetTimestamp();
        var reading = new StreamReader(stream).ReadLineAsync();
        while (!reading.IsCompleted && Stopwatch.GetElapsedTime(start).TotalSeconds < 20)
        {
            await stream.WriteAsync("x"u8.ToArray());
            await Task.WhenAny(reading, Task.Delay(100));
        }
        Assert.Equal("HTTP/1.1 408 Request Timeout", await reading);
        Assert.InRange(Stopwatch.GetElapsedTime(start).TotalSeconds, 1.5, 10);
    }

    [Fact]
    public async Task One_bad_image_of_several_does_not_spoil_the_others()
    {
        var answer = await Served.Ok(await served.Send(("a.png", Served.Png(200, 1, 1)), ("b.txt", "text"u8.ToArray()), ("c.png", Served.Png(1, 1, 200))));
        var images = answer.GetProperty("images");
        Assert.Equal(["red", null, "blue"], images.EnumerateArray().Select(image => image.TryGetProperty("label", out var label) ? label.GetString() : null));
        Assert.Equal("unreadable_image", images[1].GetProperty("fault").GetProperty("code").GetString());
        var all = await Served.Refused(await served.Send(("a", [1]), ("b", [2])), 422, "unreadable_image");
        Assert.Equal(2, all.GetProperty("images").GetArrayLength());
    }

    [Theory]
    [InlineData("?top=0")]
    [InlineData("?top=-1")]
    [InlineData("?top=1e9")]
    [InlineData("?nearest=1000000000")]
    [InlineData("?coverage=1")]
    [InlineData("?coverage=NaN")]
    [InlineData("?coverage=0.9")] // the model has no scores
    [InlineData("?path=/etc/passwd")]
    public async Task Parameters_that_are_none(string query) =>
        await Served.Refused(await served.Send(Served.Png(1, 2, 3), query: query), 400, "bad_parameter");

    private static byte[] Multipart(string disposition, byte[] content) =>
        [.. Encoding.UTF8.GetBytes($"--b\r\nContent-Disposition: {disposition}\r\n\r\n"), .. content, .. "\r\n--b--\r\n"u8];

    private async Task<HttpResponseMessage> PostRaw(byte[] body)
    {
        using var content = new ByteArrayContent(body);
        content.Headers.ContentType = MediaTypeHeaderValue.Parse("multipart/form-data; boundary=b");
        return await served.Client.PostAsync(new Uri("/v1/classify", UriKind.Relative), content);
    }

    private sealed class Endless(long length) : MemoryStream
    {
        private long left = length;
        public override bool CanSeek => false;

        public override int Read(byte[] buffer, int offset, int count)
        {
            var some = (int)Math.Min(count, left);
            left -= some;
            return some;
        }

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            var some = (int)Math.Min(buffer.Length, left);
            left -= some;
            return ValueTask.FromResult(some);
        }
    }
}
