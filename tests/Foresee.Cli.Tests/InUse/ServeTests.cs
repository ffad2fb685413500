using System.Diagnostics;
using Foresee.Inference;
using Foresee.Tests;

namespace Foresee.Cli.Tests;

/// <summary>foresee serve as a shell starts it.</summary>
public sealed class ServeTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("foresee-serve-").FullName;
    private readonly string model;

    public ServeTests()
    {
        model = Path.Combine(folder, "model");
        new TinyModel(["light", "dark"]).Write(Path.Combine(model, ModelDescription.ModelFile));
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void What_does_not_go_together_is_refused_before_anything_is_loaded()
    {
        Refused($"There is no model {Path.GetFullPath("nowhere")}", "nowhere");
        Refused("--pool and --labels belong together", model, "--pool", folder);
        Refused("--labels belong together", model, "--labels", "labels.csv");
        Refused("needed (--token-file)", model, "--host", "0.0.0.0", "--port", "0");
        Refused("must be an address", model, "--host", "example.org");
        Refused("--port must be a whole number from 0 to 65535", model, "--port", "99999");
        File.WriteAllText(Path.Combine(folder, "empty"), "\n");
        Refused("holds no token", model, "--token-file", Path.Combine(folder, "empty"));
    }

    [Fact]
    public void A_refit_asks_what_the_fit_was_asked_and_nothing_where_that_is_gone()
    {
        File.WriteAllText(Path.Combine(folder, "own.safetensors"), "");
        var own = Path.GetRelativePath(Environment.CurrentDirectory, Path.Combine(folder, "own.safetensors"));
        var asked = new FitRequest("a", "b", model, "")
        {
            Threads = 1,
            Minutes = 3,
            Starts = $"{own},simclr+{own},simclr",
            Without = "none",
            Recipe = "folder",
            AllowLeak = true,
            Seed = 7,
        };
        RefitWords.Write(model, asked.Words());
        var whole = Path.Combine(folder, "own.safetensors");
        Assert.EndsWith($"--starts {whole},simclr+{whole},simclr --without none --recipe folder --allow-leak --seed 7", Line(),
            StringComparison.Ordinal);
        Directory.Delete(Path.Combine(model, "work"), recursive: true);
        Assert.DoesNotContain("--starts", Line(), StringComparison.Ordinal);

        string Line() => string.Join(' ', ServeCommand.Refit(new("pool", "labels", model, 2)).ArgumentList);
    }

    [Fact]
    public void A_program_that_a_server_started_ends_when_the_server_holds_its_input_no_longer()
    {
        Assert.Equal("1", ServeCommand.Refit(new("pool", "labels", model, 2)).Environment[ParentWatch.Variable]);
        foreach (var watching in new[] { "1", "" })
        {
            var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "Foresee.Cli.dll"), "serve", model, "--port", "0"])
            {
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
                Environment = { [ParentWatch.Variable] = watching },
            };
            using var process = Process.Start(start)!;
            Assert.StartsWith("serving ", process.StandardOutput.ReadLine(), StringComparison.Ordinal); // it would never end by itself
            process.StandardInput.Close();
            Assert.Equal(watching == "1", process.WaitForExit(TimeSpan.FromSeconds(watching == "1" ? 30 : 1)));
            if (process.HasExited) continue;
            process.Kill();
            process.WaitForExit();
        }
    }

    private static void Refused(string words, params string[] line)
    {
        var result = Invocation.Here(["serve", .. line]);
        Assert.Equal(ExitCode.Usage, result.Code);
        Assert.Contains(words, result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task It_says_where_it_serves_and_ends_when_it_is_told_to()
    {
        var token = Path.Combine(folder, "token");
        using var process = Process.Start(new ProcessStartInfo("dotnet",
            [Path.Combine(AppContext.BaseDirectory, "Foresee.Cli.dll"), "serve", model, "--port", "0", "--token-file", token])
        { RedirectStandardOutput = true, RedirectStandardError = true })!;
        Assert.StartsWith("made the token", await process.StandardOutput.ReadLineAsync(), StringComparison.Ordinal);
        var line = (await process.StandardOutput.ReadLineAsync())!;
        Assert.StartsWith($"serving {model} at http://127.0.0.1:", line, StringComparison.Ordinal);
        if (!OperatingSystem.IsWindows()) Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(token));
        using var client = new HttpClient { BaseAddress = new(line[(line.LastIndexOf(' ') + 1)..]) };
        Assert.Equal(401, (int)(await client.GetAsync(new Uri("v1/model", UriKind.Relative))).StatusCode);
        client.DefaultRequestHeaders.Authorization = new("Bearer", File.ReadLines(token).First());
        Assert.Contains("\"light\"", await client.GetStringAsync(new Uri("v1/model", UriKind.Relative)), StringComparison.Ordinal);

        var taken = Invocation.Here("serve", model, "--port", $"{client.BaseAddress.Port}");
        Assert.Equal(ExitCode.Usage, taken.Code);
        Assert.Contains($"Port {client.BaseAddress.Port} of 127.0.0.1 is taken", taken.Error, StringComparison.Ordinal);

        using (var kill = Process.Start("kill", ["-TERM", $"{process.Id}"])) kill.WaitForExit();
        Assert.True(process.WaitForExit(TimeSpan.FromSeconds(30)));
        Assert.Equal(ExitCode.Success, process.ExitCode);
        var told = await process.StandardError.ReadToEndAsync();
        Assert.Contains("finishing the requests under way; once more stops at once", told, StringComparison.Ordinal);
        Assert.DoesNotContain(File.ReadLines(token).First(), line + await process.StandardOutput.ReadToEndAsync() + told,
            StringComparison.Ordinal);
    }
}
