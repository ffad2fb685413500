using System.Diagnostics;

namespace Foresee.Server.Tests;

/// <summary>What a browser does in label mode.</summary>
internal static class Labeller
{
    public const string Ada = "browser-of-ada", Bob = "browser-of-bob";

    public static Task<Served> Start(int images = 30, Func<RefitRequest, ProcessStartInfo>? refit = null) =>
        Served.Start((options, scratch) => options with { Labels = new(scratch.Pool(images), scratch.At("labels.csv")) { Refit = refit } });

    public static async Task<List<int>> Next(Served served, string client, int count = 5) =>
        [.. (await Served.Ok(await served.Post("/v1/label/next", new { client, count }))).GetProperty("images").EnumerateArray()
            .Select(image => image.GetProperty("id").GetInt32())];

    public static Task<HttpResponseMessage> Give(Served served, string client, int id, string label) =>
        served.Client.PutAsync(new Uri($"/v1/label/images/{id}", UriKind.Relative), System.Net.Http.Json.JsonContent.Create(new { client, label }));

    public static string[] Lines(Served served) => File.ReadAllLines(served.Folder.At("labels.csv"));
}
