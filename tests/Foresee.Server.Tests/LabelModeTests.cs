using System.Diagnostics;
using System.Text.Json;
using Foresee.Inference;

namespace Foresee.Server.Tests;

/// <summary>Label mode as browsers use it.</summary>
public sealed class LabelModeTests
{
    private const string Ada = "browser-of-ada", Bob = "browser-of-bob";

    private static Task<Served> Start(int images = 30, Func<RefitRequest, ProcessStartInfo>? refit = null) =>
        Served.Start((options, scratch) => options with { Labels = new(scratch.Pool(images), scratch.At("labels.csv")) { Refit = refit } });

    private static async Task<List<int>> Next(Served served, string client, int count = 5) =>
        [.. (await Served.Ok(await served.Post("/v1/label/next", new { client, count }))).GetProperty("images").EnumerateArray()
            .Select(image => image.GetProperty("id").GetInt32())];

    private static Task<HttpResponseMessage> Give(Served served, string client, int id, string label) =>
        served.Client.PutAsync(new Uri($"/v1/label/images/{id}", UriKind.Relative), System.Net.Http.Json.JsonContent.Create(new { client, label }));

    private static string[] Lines(Served served) => File.ReadAllLines(served.Folder.At("labels.csv"));

    [Fact]
    public async Task Labels_are_on_disk_when_they_are_confirmed_and_can_be_taken_back()
    {
        await using var served = await Start();
        var images = await Next(served, Ada);
        var state = await Served.Ok(await Give(served, Ada, images[0], "red"));
        Assert.Equal($"pool/{images[0]:0000}.png,red", Lines(served)[^1]);
        Assert.Equal(1, state.GetProperty("labelled").GetInt32());
        Assert.Equal(1, state.GetProperty("classes")[0].GetProperty("count").GetInt32());
        await Served.Ok(await Give(served, Ada, images[0], "red")); // sent again
        await Served.Refused(await Give(served, Ada, images[1], "mauve"), 422, "unknown_class");
        await Served.Ok(await served.Post("/v1/label/classes", new { name = "mauve" }));
        await Served.Ok(await Give(served, Ada, images[1], "mauve"));
        await Served.Refused(await served.Post($"/v1/label/images/{images[1]}/undo", new { client = Bob }), 409, "not_yours");
        await Served.Ok(await served.Post($"/v1/label/images/{images[1]}/undo", new { client = Ada }));
        Assert.Equal(["path,label", $"pool/{images[0]:0000}.png,red"], Lines(served));
        Assert.Contains(images[1], await Next(served, Ada));
    }

    [Fact]
    public async Task Two_browsers_are_handed_different_images_and_never_overwrite_each_other()
    {
        await using var served = await Start();
        var (ada, bob) = (await Next(served, Ada), await Next(served, Bob));
        Assert.Empty(ada.Intersect(bob));
        Assert.Equal(ada.Order(), (await Next(served, Ada)).Order()); // still in hand
        await Served.Ok(await Give(served, Bob, ada[0], "red"));
        var conflict = await Served.Refused(await Give(served, Ada, ada[0], "blue"), 409, "already_labelled");
        Assert.Equal("red", conflict.GetProperty("label").GetString());
        Assert.Equal("red", Lines(served)[^1].Split(',')[1]);

        // Twenty browsers at once, each as fast as it can, until nothing is left.
        await Task.WhenAll(Enumerable.Range(0, 20).Select(async number =>
        {
            var client = $"browser-{number:000}";
            while (await Next(served, client, 1) is [var image])
                await Served.Ok(await Give(served, client, image, Served.Classes[image % 3]));
        }));
        var labelled = Lines(served)[1..].Select(line => line.Split(',')[0]).ToList();
        Assert.Equal(labelled.Count, labelled.Distinct().Count());
        Assert.Equal(1 + 20, labelled.Count);
        Assert.Empty(labelled.Intersect(ada[1..].Concat(bob).Select(id => $"pool/{id:0000}.png"))); // those are in hand
    }

    [Fact]
    public async Task What_was_passed_over_comes_again_at_the_end()
    {
        await using var served = await Start(3);
        var first = (await Next(served, Ada, 1))[0];
        await Served.Ok(await served.Post($"/v1/label/images/{first}/skip", new { client = Ada }));
        var rest = await Next(served, Ada, 3);
        Assert.Equal(first, rest[2]);
    }

    [Fact]
    public async Task Labels_of_before_are_known_and_not_asked_for_again()
    {
        await using var served = await Served.Start((options, scratch) =>
        {
            var pool = scratch.Pool(5);
            File.WriteAllText(scratch.At("labels.csv"), "path,label\npool/0001.png,violet\nelsewhere/x.png,red\n");
            return options with { Labels = new(pool, scratch.At("labels.csv")) };
        });
        var state = await Served.Ok(await served.Client.GetAsync(new Uri("/v1/label", UriKind.Relative)));
        Assert.Equal(["red 1", "green 0", "blue 0", "violet 1"], state.GetProperty("classes").EnumerateArray()
            .Select(entry => $"{entry.GetProperty("name")} {entry.GetProperty("count")}"));
        Assert.Equal(1, state.GetProperty("labelled").GetInt32());
        Assert.Equal([0, 2, 3, 4], (await Next(served, Ada, 20)).Order());
    }

    [Theory]
    [InlineData("../x")]
    [InlineData("a/b")]
    [InlineData(".hidden")]
    [InlineData("")]
    [InlineData(" x")]
    [InlineData("a\u0000b")]
    [InlineData("nul:")]
    public async Task A_class_that_would_be_no_folder_is_refused(string name)
    {
        await using var served = await Start(1);
        await Served.Refused(await served.Post("/v1/label/classes", new { name }), 422, "bad_class");
    }

    [Fact]
    public async Task A_label_that_the_disk_does_not_take_is_refused_and_can_be_sent_again()
    {
        await using var served = await Start(3);
        var image = (await Next(served, Ada, 1))[0];
        using (new FileStream(served.Folder.At("labels.csv"), FileMode.Open, FileAccess.ReadWrite, FileShare.None))
            await Served.Refused(await Give(served, Ada, image, "red"), 500, "not_saved");
        await Served.Ok(await Give(served, Ada, image, "red"));
        Assert.Equal(["path,label", $"pool/{image:0000}.png,red"], Lines(served));
    }

    [Fact]
    public async Task A_file_of_labels_that_was_damaged_meanwhile_is_told_of_until_it_is_mended()
    {
        await using var served = await Start(3);
        var images = await Next(served, Ada, 2);
        await Served.Ok(await Give(served, Ada, images[0], "red"));
        var whole = File.ReadAllText(served.Folder.At("labels.csv"));
        File.AppendAllText(served.Folder.At("labels.csv"), $"pool/{images[0]:0000}.png,blue\n");
        for (var time = 0; time < 2; time++)
        {
            var problem = await Served.Refused(await Give(served, Ada, images[1], "red"), 409, "labels_file");
            Assert.Contains("twice", problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
            Assert.DoesNotContain(served.Folder.Path, problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
        }
        File.WriteAllText(served.Folder.At("labels.csv"), whole);
        await Served.Ok(await Give(served, Ada, images[1], "red"));
    }

    [Fact]
    public async Task A_class_of_the_model_that_leads_out_of_the_folder_is_refused()
    {
        var model = new Foresee.Tests.TinyModel(["../outside", "in"]);
        await using var served = await Served.Start((options, scratch) =>
            options with { Labels = new(scratch.Pool(2), scratch.At("classes")) }, model);
        var image = (await Next(served, Ada, 1))[0];
        await Served.Refused(await Give(served, Ada, image, "../outside"), 422, "bad_class");
        Assert.False(Directory.Exists(served.Folder.At("outside")));
        await Served.Ok(await Give(served, Ada, image, "in"));
        Assert.Single(Directory.GetFiles(served.Folder.At("classes", "in")));
    }

    [Fact]
    public async Task What_is_sent_is_looked_at()
    {
        await using var served = await Start(1);
        await Served.Refused(await served.Post("/v1/label/next", new { client = "x" }), 400, "bad_parameter");
        await Served.Refused(await served.Post("/v1/label/next", new { client = Ada, count = 1_000_000 }), 400, "bad_parameter");
        await Served.Refused(await Give(served, Ada, 77, "red"), 404, "not_found");
        using var form = new StringContent("{}", System.Text.Encoding.UTF8, "text/plain"); // as another page's form could send
        await Served.Refused(await served.Client.PostAsync(new Uri("/v1/label/next", UriKind.Relative), form), 415, "unsupported_type");
        using var broken = new StringContent("{\"client\":", System.Text.Encoding.UTF8, "application/json");
        await Served.Refused(await served.Client.PostAsync(new Uri("/v1/label/next", UriKind.Relative), broken), 400, "bad_request");
        using var large = new StringContent(new string(' ', 100_000), System.Text.Encoding.UTF8, "application/json");
        await Served.Refused(await served.Client.PostAsync(new Uri("/v1/label/next", UriKind.Relative), large), 413, "too_large");
    }

    [Fact]
    public async Task Images_are_shown_as_jpeg_and_a_damaged_one_says_so()
    {
        await using var served = await Served.Start((options, scratch) =>
        {
            var pool = scratch.Pool(2);
            File.WriteAllText(scratch.At("pool", "9999.png"), "no image");
            return options with { Labels = new(pool, scratch.At("labels.csv")) };
        });
        var shown = await served.Client.GetAsync(new Uri("/v1/label/images/0", UriKind.Relative));
        Assert.Equal("image/jpeg", shown.Content.Headers.ContentType?.MediaType);
        await Served.Refused(await served.Client.GetAsync(new Uri("/v1/label/images/2", UriKind.Relative)), 422, "unreadable_image");
        await Served.Refused(await served.Client.GetAsync(new Uri("/v1/label/images/3", UriKind.Relative)), 404, "not_found");
    }

    [Fact]
    public async Task Images_of_which_the_model_is_unsure_come_early_and_some_by_chance()
    {
        await using var served = await Start(60);
        JsonElement state;
        do
        {
            await Task.Delay(50);
            state = await Served.Ok(await served.Client.GetAsync(new Uri("/v1/label", UriKind.Relative)));
        } while (state.GetProperty("looked").GetProperty("done").GetInt32() < 60);
        var next = await Served.Ok(await served.Post("/v1/label/next", new { client = Ada, count = 3 }));
        Assert.All(next.GetProperty("images").EnumerateArray(), image => Assert.Contains(image.GetProperty("guess").GetProperty("label").GetString(),
            Served.Classes));
        var mixed = Labelling.PoolRanking.Mix([.. Enumerable.Range(5, 20)], [.. Enumerable.Range(0, 30)]);
        Assert.Equal(Enumerable.Range(0, 30), mixed.Order());
        Assert.Equal((5, 0), (mixed[0], mixed[9])); // the tenth by chance
    }

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
