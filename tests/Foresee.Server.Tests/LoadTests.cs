using System.Net;
using Foresee.Server.Classification;
using Foresee.Server.Hosting;

namespace Foresee.Server.Tests;

/// <summary>More than can be computed.</summary>
public sealed class LoadTests
{
    [Fact]
    public async Task A_full_queue_refuses_with_503_and_answers_all_that_it_took()
    {
        await using var served = await Served.Start((options, _) => options with { Threads = 1, Queue = 2, MostImages = 2 });
        var large = Served.Png(200, 10, 10, 2500, 2000);
        var answers = await Task.WhenAll(Enumerable.Range(0, 30).Select(_ => served.Send(large)));
        var busy = answers.Where(answer => answer.StatusCode == HttpStatusCode.ServiceUnavailable).ToList();
        Assert.NotEmpty(busy);
        foreach (var answer in busy)
        {
            await Served.Refused(answer, 503, "busy");
            Assert.True(answer.Headers.RetryAfter?.Delta >= TimeSpan.FromSeconds(1));
        }
        Assert.Contains(answers, answer => answer.StatusCode == HttpStatusCode.OK);
        Assert.All(answers.Except(busy), answer => Assert.Equal(HttpStatusCode.OK, answer.StatusCode));
        await Served.Ok(await served.Send(Served.Png(1, 2, 3)));
    }

    [Fact]
    public async Task The_queue_takes_all_images_of_a_request_or_none()
    {
        using var metrics = new ServerMetrics();
        using var queue = new ImageQueue(new("model") { Threads = 1, Queue = 4 }, metrics);
        using var gate = new ManualResetEventSlim();
        int Wait(int image)
        {
            gate.Wait();
            return 10 * image;
        }
        var first = queue.Run([1, 2, 3], Wait, CancellationToken.None);
        var refused = await Assert.ThrowsAsync<Problem>(() => queue.Run([4, 5], Wait, CancellationToken.None));
        Assert.Equal((503, "busy"), (refused.Status, refused.Code));
        Assert.InRange(refused.RetrySeconds!.Value, 1, 60);
        var last = queue.Run([6], Wait, CancellationToken.None);
        gate.Set();
        Assert.True((await first).SequenceEqual([10, 20, 30]));
        Assert.Equal(60, Assert.Single(await last));
        Assert.Equal(0, queue.Count);
    }

    [Fact]
    public async Task Images_of_who_has_gone_are_not_computed()
    {
        using var metrics = new ServerMetrics();
        using var queue = new ImageQueue(new("model") { Threads = 1, Queue = 64 }, metrics);
        using var gate = new ManualResetEventSlim();
        using var gone = new CancellationTokenSource();
        var computed = 0;
        var first = queue.Run([1], _ => { gate.Wait(); return 0; }, CancellationToken.None);
        var rest = queue.Run([1, 2, 3], _ => computed++, gone.Token);
        await gone.CancelAsync();
        gate.Set();
        await first;
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => rest);
        Assert.Equal(0, computed);
        Assert.Equal(0, queue.Count);
    }

    [Fact]
    public async Task Uploads_share_a_bounded_memory_and_give_it_back()
    {
        var memory = new UploadMemory(100);
        memory.Take(60);
        Assert.Equal(503, Assert.Throws<Problem>(() => memory.Take(50)).Status);
        Assert.Equal(60, memory.Held);
        memory.Give(60);
        memory.Take(100);

        await using var served = await Served.Start((options, _) => options with { MostBytes = 400_000, MostMemory = 400_000 });
        for (var i = 0; i < 20; i++) await Served.Refused(await served.Send(new byte[300_000]), 422, "unreadable_image");
        await Served.Ok(await served.Send(Served.Png(1, 2, 3)));
    }

    [Fact]
    public async Task A_stop_answers_what_has_begun()
    {
        var served = await Served.Start((options, _) => options with { Threads = 1 });
        var large = Served.Png(200, 10, 10, 2500, 2000);
        using var handler = new SocketsHttpHandler { Expect100ContinueTimeout = TimeSpan.FromMinutes(2) };
        using var client = new HttpClient(handler) { BaseAddress = served.Server.Address };
        AwaitedImage[] images = [.. Enumerable.Range(0, 5).Select(_ => new AwaitedImage(large))];
        var begun = images.Select(image => client.SendAsync(image.Request)).ToArray();
        await Task.WhenAll(images.Select(image => image.Asked));
        await served.Server.StopAsync();
        foreach (var answer in await Task.WhenAll(begun)) await Served.Ok(answer);
        await served.DisposeAsync();
    }

    /// <summary>An image that is sent when the server asks for it, by 100 Continue; then the request is under way.</summary>
    private sealed class AwaitedImage : ByteArrayContent
    {
        private readonly TaskCompletionSource asked = new();

        public AwaitedImage(byte[] image) : base(image)
        {
            Headers.ContentType = new("image/png");
            Request = new(HttpMethod.Post, new Uri("/v1/classify", UriKind.Relative)) { Content = this };
            Request.Headers.ExpectContinue = true;
        }

        public HttpRequestMessage Request { get; }
        public Task Asked => asked.Task;

        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancel)
        {
            asked.TrySetResult();
            return base.SerializeToStreamAsync(stream, context, cancel);
        }
    }
}
