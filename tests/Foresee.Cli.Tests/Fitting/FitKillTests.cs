using System.Diagnostics;
using System.Net.Http.Json;
using System.Text.Json;
using Foresee.Images;
using Foresee.Inference;
using static System.StringComparison;

namespace Foresee.Cli.Tests;

/// <summary>
/// kill -9 at random moments of fit, and of serve while it fits anew: nothing finished is lost, nothing half-written is read as whole.
/// FORESEE_KILL_ROUNDS says how often, once by default.
/// </summary>
public sealed class FitKillTests : IDisposable
{
    private const string Options = "--without none,kmeans,imagenet-resnet18 --protocol linear,label-spreading --threads 1 --minutes 10";
    private const int Pool = 30;
    private static readonly int rounds = Environment.GetEnvironmentVariable("FORESEE_KILL_ROUNDS") is { Length: > 0 } text ? int.Parse(text) : 1;
    private readonly string folder = Directory.CreateTempSubdirectory("foresee-kill-").FullName;
    private readonly Random random = new(5);

    public FitKillTests()
    {
        MadeImages.Write(In("made"), 30 + Pool);
        var made = ImageSources.Open(In("made"));
        for (var i = 0; i < 30 + Pool; i++)
        {
            var name = Directory.CreateDirectory(i < 30 ? In($"labelled/{i % 2}") : In("pool")).FullName;
            File.WriteAllBytes(Path.Combine(name, $"{i:00}.png"), ImageFile.EncodePng(made.Read(i)));
        }
        Assert.Equal(ExitCode.Success, Program(["pretrain", In("pool"), "--method", "simsiam", "--images", "64", "--threads", "1",
            "--out", In("run")]).Code);
    }

    private string In(string name) => Path.Combine(folder, name);

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private string[] Fit(int seed) =>
        ["fit", In("pool"), In("labelled"), "--starts", In("run"), "--out", In("model"), .. Options.Split(' '), "--seed", $"{seed}"];

    private Process Start(string[] line) => Invocation.BeginProgram(line, ("FORESEE_STARTS", In("none")));

    private Invocation Program(string[] line) => Invocation.Start("dotnet",
        [Path.Combine(AppContext.BaseDirectory, "Foresee.Cli.dll"), .. line], ("FORESEE_STARTS", In("none")));

    /// <summary>Whole wherever there is one; once there is one, there always is.</summary>
    private bool HasModel(bool before)
    {
        var there = File.Exists(In("model/model.onnx"));
        Assert.True(there || !before, "the model is gone");
        if (there)
            using (Classifier.Load(In("model")))
                JsonDocument.Parse(File.ReadAllText(In("model/model.json"))).Dispose();
        return there;
    }

    [Fact]
    public void A_fit_killed_at_any_moment_goes_on_and_keeps_the_model_before()
    {
        var (model, finished, longest) = (false, 0, TimeSpan.FromSeconds(8));
        for (var round = 0; round < rounds; round++)
        {
            var seed = round * 3 / Math.Max(1, rounds); // later ones begin anew beside a model
            using var process = Start(Fit(seed));
            process.ErrorDataReceived += (_, _) => { };
            process.OutputDataReceived += (_, _) => { };
            process.BeginErrorReadLine();
            process.BeginOutputReadLine();
            if (process.WaitForExit(TimeSpan.FromSeconds(1 + random.NextDouble() * longest.TotalSeconds))) finished++;
            else process.Kill(); // SIGKILL
            process.WaitForExit();
            model = HasModel(model);
        }
        var last = Program(Fit(2));
        Assert.Equal("", last.ErrorBesidesBudget);
        Assert.Equal(ExitCode.Success, last.Code);
        Assert.True(HasModel(true));
        Assert.Empty(Directory.EnumerateFiles(In("model"), "*.tmp", SearchOption.AllDirectories));
        if (rounds > 1) File.WriteAllText(Path.Combine(Path.GetTempPath(), "foresee-kill-fit.txt"), $"{rounds - finished} killed, {finished} finished\n");
    }

    [Fact]
    public async Task A_server_killed_at_any_moment_of_a_refit_has_its_labels_and_a_whole_model()
    {
        Assert.Equal(ExitCode.Success, Program(Fit(0)).Code);
        var (labels, given) = (In("labels.csv"), new Dictionary<int, string>());
        for (var round = 0; round <= rounds; round++)
        {
            using var server = Start(["serve", In("model"), "--port", "0", "--pool", In("pool"), "--labels", labels,
                "--minutes", "10"]);
            string? line;
            do line = await server.StandardOutput.ReadLineAsync(); while (line?.StartsWith("loading ", Ordinal) == true);
            Assert.StartsWith("serving ", line, Ordinal);
            using var client = new HttpClient { BaseAddress = new(line!.Split(' ').First(word => word.StartsWith("http:", Ordinal))) };
            var state = JsonDocument.Parse(await client.GetStringAsync(new Uri("v1/label", UriKind.Relative))).RootElement;
            Assert.Equal(given.Count, state.GetProperty("labelled").GetInt32());
            foreach (var image in Enumerable.Range(given.Count, Math.Min(Pool - given.Count, round == 0 ? 6 : 1)))
            {
                (await client.PutAsJsonAsync($"v1/label/images/{image}", new { client = "browser-1", label = $"{image % 2}" })).EnsureSuccessStatusCode();
                given[image] = $"{image % 2}";
            }
            using var refit = await client.PostAsJsonAsync("v1/label/refit", new { });
            refit.EnsureSuccessStatusCode();
            if (round < rounds)
            {
                await Task.Delay(TimeSpan.FromSeconds(random.NextDouble() * 8));
                server.Kill(); // its fit ends with it, or the next one could not begin
            }
            else
            {
                await Done(client);
                server.Kill();
            }
            await server.WaitForExitAsync();
        }
        Assert.True(HasModel(true));
        using var last = Classifier.Load(In("model"));
        Assert.Equal(given.Count, last.Description.Labels);
        if (rounds > 1) File.WriteAllText(Path.Combine(Path.GetTempPath(), "foresee-kill-refit.txt"), $"{rounds} killed\n");
    }

    private static async Task Done(HttpClient client)
    {
        while (true)
        {
            var refit = JsonDocument.Parse(await client.GetStringAsync(new Uri("v1/label", UriKind.Relative))).RootElement.GetProperty("refit");
            if (refit.GetProperty("state").GetString() is not "running" and var state)
            {
                Assert.True(state == "done", refit.ToString());
                return;
            }
            await Task.Delay(100);
        }
    }
}
