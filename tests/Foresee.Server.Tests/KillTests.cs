using System.Diagnostics;
using System.Net.Http.Json;
using System.Text.Json;

namespace Foresee.Server.Tests;

/// <summary>
/// kill -9 at random moments: no label that was confirmed is lost, and no half of one is read. FORESEE_KILL_ROUNDS says how
/// often, 4 times by default.
/// </summary>
public sealed class KillTests
{
    private const int Images = 4000;
    private static readonly int rounds = Environment.GetEnvironmentVariable("FORESEE_KILL_ROUNDS") is { Length: > 0 } text ? int.Parse(text) : 4;

    [Theory]
    [InlineData("labels.csv")]
    [InlineData("classes")]
    public async Task No_confirmed_label_is_lost(string name)
    {
        using var scratch = new Scratch();
        var (model, pool, labels) = (Served.WriteModel(scratch.At("model")), scratch.Pool(Images), scratch.At(name));
        var (random, confirmed) = (new Random(1), new Dictionary<int, string?>()); // null: taken back
        for (var round = 0; round < rounds; round++)
        {
            using var process = Start(model, pool, labels);
            using var client = new HttpClient { BaseAddress = new((await process.StandardOutput.ReadLineAsync())!) };
            var unsure = new HashSet<int>(); // sent, and not confirmed: either is right
            await Label(client, $"round-{round:000}", confirmed, unsure, random); // all of it is loaded now
            var kill = Task.Delay(random.Next(1, 300)).ContinueWith(_ => process.Kill(), TaskScheduler.Default);
            try
            {
                while (true) await Label(client, $"round-{round:000}", confirmed, unsure, random);
            }
            catch (Exception error) when (error is HttpRequestException or IOException)
            {
                await kill;
            }
            await process.WaitForExitAsync();
            Compare(confirmed, unsure, Read(labels));
        }
        Assert.True(confirmed.Count > rounds, $"only {confirmed.Count} labels were given in {rounds} rounds");
    }

    private static async Task Label(HttpClient client, string name, Dictionary<int, string?> confirmed, HashSet<int> unsure, Random random)
    {
        using var next = await client.PostAsJsonAsync("/v1/label/next", new { client = name, count = 1 });
        var images = JsonDocument.Parse(await next.Content.ReadAsStringAsync()).RootElement.GetProperty("images");
        var image = images[0].GetProperty("id").GetInt32();
        var label = Served.Classes[random.Next(3)];
        unsure.Add(image);
        (await client.PutAsJsonAsync($"/v1/label/images/{image}", new { client = name, label })).EnsureSuccessStatusCode();
        confirmed[image] = label;
        unsure.Remove(image);
        if (random.Next(4) > 0) return;
        unsure.Add(image);
        (await client.PostAsJsonAsync($"/v1/label/images/{image}/undo", new { client = name })).EnsureSuccessStatusCode();
        confirmed[image] = null;
        unsure.Remove(image);
    }

    private static void Compare(Dictionary<int, string?> confirmed, HashSet<int> unsure, Dictionary<int, string> found)
    {
        foreach (var (image, label) in confirmed.Where(entry => !unsure.Contains(entry.Key)))
            Assert.Equal(label, found.GetValueOrDefault(image));
        Assert.All(found.Keys.Except(confirmed.Keys), image => Assert.Contains(image, unsure));
        foreach (var image in unsure)
        {
            confirmed[image] = found.GetValueOrDefault(image); // as it is now
            if (confirmed[image] is { } label) Assert.Contains(label, Served.Classes);
        }
    }

    /// <summary>Plainly, not by the code that wrote it.</summary>
    private static Dictionary<int, string> Read(string labels)
    {
        if (labels.EndsWith(".csv", StringComparison.Ordinal))
        {
            var text = File.ReadAllText(labels);
            Assert.EndsWith("\n", text, StringComparison.Ordinal);
            return text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Skip(1).Select(line => line.Split(','))
                .ToDictionary(fields => int.Parse(Path.GetFileNameWithoutExtension(fields[0])), fields => fields[1]);
        }
        var copies = Directory.GetDirectories(labels).SelectMany(Directory.GetFiles).ToList();
        Assert.All(copies, copy =>
            Assert.Equal(File.ReadAllBytes(Path.Combine(labels, "../pool", Path.GetFileName(copy))), File.ReadAllBytes(copy)));
        return copies.ToDictionary(copy => int.Parse(Path.GetFileNameWithoutExtension(copy)),
            copy => Path.GetFileName(Path.GetDirectoryName(copy)!));
    }

    private static Process Start(string model, string pool, string labels) =>
        Process.Start(new ProcessStartInfo("dotnet", [typeof(KillTests).Assembly.Location, model, pool, labels])
        {
            RedirectStandardOutput = true,
        })!;
}
