using System.Diagnostics;
using System.Net.Http.Headers;
using System.Text;
using Foresee.Images;
using Foresee.Tests;

namespace Foresee.Server.Tests;

/// <summary>
/// Requests with bytes changed, left out, doubled and exchanged at random: each is answered or refused, none is a fault of the server. A
/// few seconds by default; FORESEE_FUZZ_MINUTES says how long.
/// </summary>
public sealed class MutatedRequestTests
{
    [Fact]
    public async Task Nothing_that_is_sent_is_a_fault_of_the_server()
    {
        await using var served = await Served.Start((options, scratch) => options with
        {
            MostPixels = 1_000_000,
            BodySeconds = 5,
            Labels = new(scratch.Pool(20), scratch.At("labels.csv")),
        });
        byte[][] images = [.. Seeds()];
        var (random, start, statuses) = (new Random(Mutation.Seed), Stopwatch.GetTimestamp(), new SortedDictionary<int, int>());
        do
        {
            using var request = random.Next(4) switch
            {
                0 => Json(random),
                1 => Parts(random, images),
                _ => Image(random, images),
            };
            var sent = Stopwatch.GetTimestamp();
            using var answer = await served.Client.SendAsync(request);
            var status = (int)answer.StatusCode;
            statuses[status] = statuses.GetValueOrDefault(status) + 1;
            var body = request.Content is null ? [] : await request.Content.ReadAsByteArrayAsync();
            Assert.True(status < 500, $"{status} for {request.Method} {request.RequestUri} {Convert.ToBase64String(body)}");
            Assert.True(Stopwatch.GetElapsedTime(sent).TotalSeconds < 10, $"slow: {request.RequestUri} {Convert.ToBase64String(body)}");
        } while (Stopwatch.GetElapsedTime(start).TotalMinutes < Mutation.Minutes);
        Assert.Contains(200, statuses.Keys);
        Assert.Contains(422, statuses.Keys);
        await Served.Ok(await served.Send(Served.Png(1, 2, 3)));
        Assert.True(Process.GetCurrentProcess().WorkingSet64 < 1500L << 20, string.Join(", ", statuses));
        Mutation.Tell("requests", $"{string.Join(", ", statuses)}; {Process.GetCurrentProcess().WorkingSet64 >> 20} MiB");
    }

    /// <summary>One small file of each format that is read.</summary>
    private static IEnumerable<byte[]> Seeds()
    {
        var picture = new Image(9, 7, 3, [.. Enumerable.Range(0, 9 * 7 * 3).Select(i => (byte)(i * 5))]);
        yield return ImageFile.EncodePng(picture);
        yield return ImageFile.EncodeJpeg(picture, 80);
        yield return MadeFiles.Tiff(4, 4);
        yield return MadeFiles.GifBomb();
        yield return MadeFiles.PngBomb(40, 30, 30);
        yield return [.. "P6 2 1 255 "u8, 1, 2, 3, 4, 5, 6];
        yield return [.. "P2 2 1 15 7 9"u8];
        foreach (var file in Directory.EnumerateFiles(Path.Combine(Root(), "tests/fixtures/images")).Where(IsSmall))
            yield return File.ReadAllBytes(file);
    }

    private static bool IsSmall(string file) =>
        ImageFile.Extensions.Contains(Path.GetExtension(file)) && new FileInfo(file).Length is > 0 and < 20_000;

    private static string Root()
    {
        var root = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(root, "Foresee.slnx"))) root = Path.GetDirectoryName(root)!;
        return root;
    }

    private static HttpRequestMessage Image(Random random, byte[][] images)
    {
        var content = new ByteArrayContent(Mutation.Of(images[random.Next(images.Length)], random));
        content.Headers.ContentType = new(random.Next(2) == 0 ? "application/octet-stream" : "image/png");
        return new(HttpMethod.Post, random.Next(3) == 0 ? "/v1/classify?nearest=3&top=2" : "/v1/classify") { Content = content };
    }

    private static HttpRequestMessage Parts(Random random, byte[][] images)
    {
        using var body = new MemoryStream();
        for (var parts = random.Next(4); parts >= 0; parts--)
        {
            body.Write("--b\r\nContent-Disposition: form-data; name=\"image\"; filename=\"a.png\"\r\nContent-Type: image/png\r\n\r\n"u8);
            body.Write(images[random.Next(images.Length)]);
            body.Write("\r\n"u8);
        }
        body.Write("--b--\r\n"u8);
        var content = new ByteArrayContent(Mutation.Of(body.ToArray(), random));
        content.Headers.ContentType = MediaTypeHeaderValue.Parse("multipart/form-data; boundary=b");
        return new(HttpMethod.Post, "/v1/classify") { Content = content };
    }

    private static HttpRequestMessage Json(Random random)
    {
        (HttpMethod Method, string Address, string Body)[] calls =
        [
            (HttpMethod.Post, "/v1/label/next", """{"client": "browser-1", "count": 3}"""),
            (HttpMethod.Put, "/v1/label/images/3", """{"client": "browser-1", "label": "red"}"""),
            (HttpMethod.Post, "/v1/label/images/3/undo", """{"client": "browser-1"}"""),
            (HttpMethod.Post, "/v1/label/images/4/skip", """{"client": "browser-1"}"""),
            (HttpMethod.Post, "/v1/label/classes", """{"name": "mauve"}"""),
            (HttpMethod.Post, "/v1/label/refit", "{}"),
        ];
        var (method, address, body) = calls[random.Next(calls.Length)];
        var content = new ByteArrayContent(Mutation.Of(Encoding.UTF8.GetBytes(body), random));
        content.Headers.ContentType = new("application/json");
        return new(method, address) { Content = content };
    }
}
