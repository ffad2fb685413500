using System.Diagnostics;
using System.Text.Json;
using Foresee.Inference;
using static Foresee.Server.Tests.Labeller;

namespace Foresee.Server.Tests;

/// <summary>A model fitted anew from the labels, beside the one in use, which it replaces.</summary>
public sealed class RefitTests
{
    [Fact]
    public async Task A_refit_takes_the_models_place_without_dropping_a_request()
    {
        using var other = new Scratch();
        var fitted = 0;
        ProcessStartInfo Fit(RefitRequest request)
        {
            var model = Served.Model();
            model.Description = model.Description with { Labels = 100 + ++fitted, Accuracy = new(80 + fitted, 70, 90, 50, "a test") };
            var next = Served.WriteModel(other.At($"model-{fitted}"), model);
            return new("sh", ["-c", $"echo half way; test -f '{request.Output}/work/features' && cp '{next}'/* '{request.Output}'"]);
        }
        await using var served = await Start(30, Fit);
        Directory.CreateDirectory(served.Folder.At("model", "work"));
        File.WriteAllText(served.Folder.At("model", "work", "features"), "computed once, handed on from model to model");
        await Served.Refused(await served.Post("/v1/label/refit", new { }), 409, "too_few_labels");
        foreach (var image in await Next(served, Ada, 6)) await Served.Ok(await Give(served, Ada, image, Served.Classes[image % 3]));

        var first = (await Served.Ok(await served.Send(Served.Png(1, 1, 1)))).GetProperty("version").GetString()!;
        using var stop = new CancellationTokenSource();
        var versions = new HashSet<string>();
        var clients = Enumerable.Range(0, 8).Select(_ => Task.Run(async () =>
        {
            var count = 0;
            for (; !stop.IsCancellationRequested; count++)
            {
                var answer = await Served.Ok(await served.Send(Served.Png(200, 1, 1)));
                lock (versions) versions.Add(answer.GetProperty("version").GetString()!);
                Assert.Equal("red", answer.GetProperty("images")[0].GetProperty("label").GetString());
            }
            return count;
        })).ToArray();
        async Task Seen(string version)
        {
            while (true)
            {
                lock (versions) if (versions.Contains(version)) return;
                if (Array.Find(clients, client => client.IsFaulted) is { } fault) await fault;
                await Task.Delay(10);
            }
        }
        await Seen(first);
        for (var time = 1; time <= 5; time++)
        {
            await Served.Ok(await served.Post("/v1/label/refit", new { }));
            JsonElement state;
            do
            {
                await Task.Delay(50);
                state = await Served.Ok(await served.Client.GetAsync(new Uri("/v1/label", UriKind.Relative)));
                Assert.NotEqual("failed", state.GetProperty("refit").GetProperty("state").GetString());
            } while (state.GetProperty("refit").GetProperty("state").GetString() != "done");
            Assert.Equal(80 + time, state.GetProperty("accuracy").GetProperty("mean").GetDouble());
            await Seen(state.GetProperty("version").GetString()!);
        }
        await stop.CancelAsync();
        Assert.All(await Task.WhenAll(clients), count => Assert.True(count > 0));
        Assert.Equal(6, versions.Count);
        Assert.True(Directory.Exists(served.Folder.At("model.before")));
        using var kept = Classifier.Load(served.Folder.At("model"));
        Assert.Equal(105, kept.Description.Labels); // the next start serves the new one
    }

    [Fact]
    public async Task A_refit_that_fails_leaves_the_model_and_says_why()
    {
        await using var served = await Start(30, _ => new("sh", ["-c", "echo starting; echo 'error: there are too few labels' >&2; exit 1"]));
        foreach (var image in await Next(served, Ada, 6)) await Served.Ok(await Give(served, Ada, image, Served.Classes[image % 3]));
        var before = (await Served.Ok(await served.Post("/v1/label/refit", new { }))).GetProperty("version").GetString();
        JsonElement state;
        do
        {
            await Task.Delay(50);
            state = await Served.Ok(await served.Client.GetAsync(new Uri("/v1/label", UriKind.Relative)));
        } while (state.GetProperty("refit").GetProperty("state").GetString() == "running");
        Assert.Equal("failed", state.GetProperty("refit").GetProperty("state").GetString());
        Assert.Equal("there are too few labels", state.GetProperty("refit").GetProperty("error").GetString());
        Assert.Equal(before, state.GetProperty("version").GetString());
        await Served.Ok(await served.Send(Served.Png(1, 2, 3)));
    }

    [Fact]
    public async Task A_refit_that_is_stopped_says_so_without_folders_and_gives_back_what_was_computed()
    {
        await using var served = await Start(30, request =>
            new("sh", ["-c", $"echo 'odd words' >&2; echo 'reading {request.Pool}/0001.png, /usr/lib/x.so and {request.Output}'; exec sleep 60"]));
        var features = served.Folder.At("model", "work", "features");
        Directory.CreateDirectory(Path.GetDirectoryName(features)!);
        File.WriteAllText(features, "computed");
        foreach (var image in await Next(served, Ada, 6)) await Served.Ok(await Give(served, Ada, image, Served.Classes[image % 3]));
        await Served.Ok(await served.Post("/v1/label/refit", new { }));
        async Task<JsonElement> Until(Func<JsonElement, bool> reached)
        {
            for (var time = 0; time < 400; time++)
            {
                var refit = (await Served.Ok(await served.Client.GetAsync(new Uri("/v1/label", UriKind.Relative)))).GetProperty("refit");
                if (reached(refit)) return refit;
                await Task.Delay(50);
            }
            throw new TimeoutException();
        }
        var running = await Until(refit => refit.GetProperty("line").GetString() != "starting");
        Assert.Equal("reading pool/0001.png, x.so and model.next", running.GetProperty("line").GetString());
        Assert.False(File.Exists(features));
        await Served.Ok(await served.Post("/v1/label/refit/stop", new { }));
        var stopped = await Until(refit => refit.GetProperty("state").GetString() != "running");
        Assert.Equal("stopped", stopped.GetProperty("state").GetString());
        Assert.False(stopped.TryGetProperty("error", out var error) && error.ValueKind != JsonValueKind.Null);
        Assert.Equal("computed", File.ReadAllText(features));
        lock (served.Told) Assert.Contains(served.Told, line => line.Contains("odd words", StringComparison.Ordinal));
    }

    [Fact]
    public void The_newer_of_what_was_computed_is_handed_on()
    {
        using var scratch = new Scratch();
        foreach (var (folder, text) in new[] { ("model", "new"), ("model.next", "old") })
        {
            Directory.CreateDirectory(scratch.At(folder, "work"));
            File.WriteAllText(scratch.At(folder, "work", "features"), text);
        }
        File.SetLastWriteTimeUtc(scratch.At("model.next", "work", "features"), DateTime.UtcNow.AddDays(-1));
        Directory.SetLastWriteTimeUtc(scratch.At("model.next", "work"), DateTime.UtcNow.AddDays(-1));
        Models.ModelExchange.HandOn(scratch.At("model"));
        Assert.Equal("new", File.ReadAllText(scratch.At("model.next", "work", "features")));
        Assert.False(Directory.Exists(scratch.At("model", "work")));
    }

    [Theory]
    [InlineData("")]
    [InlineData(".")]
    public async Task A_model_named_by_a_folders_dot_is_exchanged_too(string end)
    {
        using var other = new Scratch();
        var next = Served.WriteModel(other.At("model"));
        await using var served = await Served.Start((options, scratch) => new ServerOptions(scratch.At("model") + "/" + end)
        {
            Port = 0,
            Labels = new(scratch.Pool(6), scratch.At("labels.csv")) { Refit = to => new("sh", ["-c", $"mkdir -p '{to.Output}' && cp '{next}'/* '{to.Output}'"]) },
        });
        foreach (var image in await Next(served, Ada, 6)) await Served.Ok(await Give(served, Ada, image, Served.Classes[image % 3]));
        JsonElement refit = (await Served.Ok(await served.Post("/v1/label/refit", new { }))).GetProperty("refit");
        for (var time = 0; time < 400 && refit.GetProperty("state").GetString() == "running"; time++)
        {
            await Task.Delay(50);
            refit = (await Served.Ok(await served.Client.GetAsync(new Uri("/v1/label", UriKind.Relative)))).GetProperty("refit");
        }
        Assert.Equal("done", refit.GetProperty("state").GetString());
        Assert.Equal(["model", "model.before"], Directory.GetDirectories(served.Folder.Path, "model*").Select(Path.GetFileName).Order());
    }

    [Fact]
    public async Task An_exchange_that_was_broken_off_is_finished_by_the_next_start()
    {
        using var scratch = new Scratch();
        Served.WriteModel(scratch.At("model.before"));
        Served.WriteModel(scratch.At("model.next"));
        await using (await ForeseeServer.StartAsync(new(scratch.At("model")) { Port = 0 }))
            Assert.False(Directory.Exists(scratch.At("model.next")));
        Directory.Move(scratch.At("model"), scratch.At("model.before2"));
        Directory.CreateDirectory(scratch.At("model.next")); // half a model
        await using (await ForeseeServer.StartAsync(new(scratch.At("model")) { Port = 0 }))
            Assert.False(Directory.Exists(scratch.At("model.before")));
    }
}
