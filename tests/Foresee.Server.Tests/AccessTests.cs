using System.Net;

namespace Foresee.Server.Tests;

/// <summary>Who may ask.</summary>
public sealed class AccessTests
{
    private const string Token = "correct-horse-battery";

    [Fact]
    public async Task A_token_is_asked_for_by_all_but_health_and_the_page()
    {
        await using var served = await Served.Start((options, _) => options with { Token = Token });
        foreach (var address in new[] { "/v1/model", "/metrics", "/v1/models/x/thumbnails/1" })
            await Served.Refused(await Get(served, address), 401, "token_required");
        await Served.Refused(await served.Send(Served.Png(1, 2, 3)), 401, "token_required");
        foreach (var address in new[] { "/", "/classify.js", "/healthz/live", "/healthz/ready", "/openapi.json" })
            Assert.Equal(HttpStatusCode.OK, (await Get(served, address)).StatusCode);
        foreach (var wrong in new[] { Token[..^1], Token + "x", "", Token.ToUpperInvariant() })
            await Served.Refused(await Get(served, "/v1/model", wrong), 401, "token_required");
        await Served.Refused(await Get(served, $"/v1/model?token={Token}"), 401, "token_required");
        Assert.Equal(HttpStatusCode.OK, (await Get(served, "/v1/model", Token)).StatusCode);
        Assert.DoesNotContain(served.Told, line => line.Contains(Token, StringComparison.Ordinal));
        Assert.DoesNotContain(Token, await (await Get(served, "/metrics", Token)).Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Others_can_reach_it_only_with_a_token()
    {
        using var scratch = new Scratch();
        var options = new ServerOptions(Served.WriteModel(scratch.At("model"))) { Port = 0, Address = IPAddress.Any };
        var error = await Assert.ThrowsAsync<ArgumentException>(() => ForeseeServer.StartAsync(options));
        Assert.Contains("--token-file", error.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<ArgumentException>(() => ForeseeServer.StartAsync(options with { Token = "short" }));
    }

    [Theory]
    [InlineData("http://evil.example", 403)]
    [InlineData("null", 403)]
    [InlineData("http://localhost.evil.example", 403)]
    public async Task Pages_of_other_servers_are_refused(string origin, int status)
    {
        await using var served = await Served.Start();
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/model");
        request.Headers.Add("Origin", origin);
        await Served.Refused(await served.Client.SendAsync(request), status, "foreign_origin");
        using var own = new HttpRequestMessage(HttpMethod.Get, "/v1/model");
        own.Headers.Add("Origin", served.Server.Address.GetLeftPart(UriPartial.Authority));
        await Served.Ok(await served.Client.SendAsync(own));
    }

    [Fact]
    public async Task A_name_that_others_point_to_loopback_is_refused()
    {
        await using var served = await Served.Start();
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/model");
        request.Headers.Host = "rebound.example";
        await Served.Refused(await served.Client.SendAsync(request), 421, "unknown_host");
    }

    [Fact]
    public async Task Too_many_requests_are_told_when_to_come_again()
    {
        await using var served = await Served.Start((options, _) => options with { Rate = 1 });
        List<HttpResponseMessage> answers = [];
        for (var i = 0; i < 10; i++) answers.Add(await Get(served, "/v1/model"));
        Assert.InRange(answers.Count(answer => answer.StatusCode == HttpStatusCode.OK), 2, 9); // two at once, one a second
        var refused = answers.First(answer => answer.StatusCode != HttpStatusCode.OK);
        await Served.Refused(refused, 429, "too_many_requests");
        Assert.True(refused.Headers.RetryAfter?.Delta > TimeSpan.Zero);
        await Task.Delay(refused.Headers.RetryAfter!.Delta!.Value + TimeSpan.FromSeconds(0.2));
        await Served.Ok(await Get(served, "/v1/model"));
    }

    [Fact]
    public async Task Every_answer_tells_browsers_to_take_nothing_from_elsewhere()
    {
        await using var served = await Served.Start((options, scratch) => options with { Labels = new(scratch.Pool(1), scratch.At("labels.csv")) });
        foreach (var address in new[] { "/", "/label", "/v1/model", "/nothing" })
        {
            var headers = (await Get(served, address)).Headers;
            var policy = Assert.Single(headers.GetValues("Content-Security-Policy"));
            Assert.StartsWith("default-src 'none'; script-src 'self'; style-src 'self';", policy, StringComparison.Ordinal);
            Assert.DoesNotContain("unsafe", policy, StringComparison.Ordinal);
            Assert.Equal("nosniff", Assert.Single(headers.GetValues("X-Content-Type-Options")));
        }
        foreach (var address in new[] { "/", "/label", "/foresee.css", "/server.js", "/classify.js", "/label.js" })
        {
            var text = await served.Client.GetStringAsync(new Uri(address, UriKind.Relative));
            Assert.DoesNotContain("//", text.Replace("// ", "", StringComparison.Ordinal), StringComparison.Ordinal); // no address elsewhere
            Assert.DoesNotContain(" style=\"", text, StringComparison.Ordinal);
            Assert.DoesNotMatch(@"<script(?![^>]* src=)|\son\w+=|javascript:", text);
        }
    }

    [Fact]
    public async Task What_is_not_there_and_what_is_not_understood()
    {
        await using var served = await Served.Start();
        await Served.Refused(await Get(served, "/nothing"), 404, "not_found");
        await Served.Refused(await Get(served, "/label"), 404, "not_found"); // no label mode
        await Served.Refused(await Get(served, "/v1/label"), 404, "not_found");
        await Served.Refused(await Get(served, "/v1/classify"), 405, "method_not_allowed");
        await Served.Refused(await Get(served, "/v1/models/..%2f..%2fetc/thumbnails/1"), 404, "not_found");
    }

    private static async Task<HttpResponseMessage> Get(Served served, string address, string? token = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, address);
        if (token is not null) request.Headers.TryAddWithoutValidation("Authorization", $"Bearer {token}");
        return await served.Client.SendAsync(request);
    }
}
