using System.Text.Json;
using static Foresee.Server.Tests.Labeller;

namespace Foresee.Server.Tests;

/// <summary>Label mode as browsers use it.</summary>
public sealed class LabelModeTests
{
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
}
