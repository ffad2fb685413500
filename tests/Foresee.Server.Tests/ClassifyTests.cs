using System.Net;
using System.Text.Json;
using Foresee.Images;
using Foresee.Inference;

namespace Foresee.Server.Tests;

/// <summary>The answers are the library's, and the descriptions true.</summary>
public sealed class ClassifyTests
{
    [Fact]
    public async Task Probabilities_are_those_of_the_library()
    {
        await using var served = await Served.Start();
        using var classifier = Classifier.Load(served.Folder.At("model"));
        var png = Served.Png(90, 120, 60);
        using var file = new MemoryStream(png);
        var expected = classifier.Predict(file);
        foreach (var answer in new[] { await served.Send(png), await served.Send(("a.png", png)) })
        {
            var image = (await Served.Ok(answer)).GetProperty("images")[0];
            Assert.Equal(expected.Classes.Select(entry => (entry.Class, entry.Probability)), image.GetProperty("classes").EnumerateArray()
                .Select(entry => (entry.GetProperty("label").GetString()!, entry.GetProperty("probability").GetDouble())));
            Assert.Equal("green", image.GetProperty("label").GetString());
            Assert.False(image.TryGetProperty("out_of_place", out _)); // the model can't tell
        }
        var top = await Served.Ok(await served.Send(png, query: "?top=2"));
        Assert.Equal(2, top.GetProperty("images")[0].GetProperty("classes").GetArrayLength());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)] // of a Foresee whose models had no folder of their own
    public async Task Out_of_place_sets_and_neighbours_with_their_pictures(bool own)
    {
        var model = Served.Model();
        model.Description = model.Description with
        {
            Novelty = new(1, 0.05, 0.95),
            Conformal = new([0.01, 0.02, 0.03, 0.04, 0.05, 0.06, 0.07, 0.08, 0.09, 0.1]),
            References = ["reds/1.png", "greens/1.png"],
            Time = DateTimeOffset.Now,
        };
        model.References = new([1, 0, 0, 0, 1, 0], [0, 1]);
        await using var served = await Served.Start((options, scratch) =>
        {
            var before = scratch.At("model", "thumbnails");
            var place = own ? scratch.At("model", model.Description.ThumbnailFolder()) : before;
            Directory.CreateDirectory(place);
            File.WriteAllBytes(Path.Combine(place, "1.jpg"), ImageFile.EncodeJpeg(new(2, 2, 3, new byte[12]), 80));
            if (own) File.WriteAllBytes(Path.Combine(before, "0.jpg"), [1]); // of the model before
            return options;
        }, model);
        var green = (await Served.Ok(await served.Send(Served.Png(0, 250, 0), query: "?nearest=2&coverage=0.8"))).GetProperty("images")[0];
        Assert.False(green.GetProperty("out_of_place").GetBoolean());
        Assert.Equal(["green"], green.GetProperty("set").EnumerateArray().Select(entry => entry.GetString()));
        Assert.Equal(["green", "red"], green.GetProperty("nearest").EnumerateArray().Select(entry => entry.GetProperty("label").GetString()));
        var blue = (await Served.Ok(await served.Send(Served.Png(0, 0, 250)))).GetProperty("images")[0];
        Assert.True(blue.GetProperty("out_of_place").GetBoolean());

        var picture = green.GetProperty("nearest")[0].GetProperty("thumbnail").GetString()!;
        var shown = await served.Client.GetAsync(new Uri(picture, UriKind.Relative));
        Assert.Equal("image/jpeg", shown.Content.Headers.ContentType?.MediaType);
        await Served.Refused(await served.Client.GetAsync(new Uri(green.GetProperty("nearest")[1].GetProperty("thumbnail").GetString()!,
            UriKind.Relative)), 404, "not_found");
        await Served.Refused(await served.Client.GetAsync(new Uri("/v1/models/other/thumbnails/1", UriKind.Relative)), 404, "not_found");
        var about = await Served.Ok(await served.Client.GetAsync(new Uri("/v1/model", UriKind.Relative)));
        Assert.True(about.GetProperty("thumbnails").GetBoolean() && about.GetProperty("sets").GetBoolean());
    }

    [Fact]
    public async Task Everything_that_answers_is_in_the_description_and_the_other_way_round()
    {
        await using var served = await Served.Start((options, scratch) => options with { Labels = new(scratch.Pool(3), scratch.At("labels.csv")) });
        var description = await Served.Ok(await served.Client.GetAsync(new Uri("/openapi.json", UriKind.Relative)));
        Assert.StartsWith("3.1", description.GetProperty("openapi").GetString(), StringComparison.Ordinal);
        string[] methods = ["get", "put", "post", "delete"];
        var described = description.GetProperty("paths").EnumerateObject().SelectMany(path => path.Value.EnumerateObject()
            .Where(entry => methods.Contains(entry.Name)).Select(entry => $"{entry.Name} {path.Name}")).Order();
        Assert.Equal(served.Server.Routes.Order(), described);
        AllReferencesLead(description, description);
        // What answers have, their schema has.
        var state = await Served.Ok(await served.Client.GetAsync(new Uri("/v1/label", UriKind.Relative)));
        IsAs(description, "LabelState", state);
        IsAs(description, "Model", await Served.Ok(await served.Client.GetAsync(new Uri("/v1/model", UriKind.Relative))));
        var classified = await Served.Ok(await served.Send(Served.Png(1, 2, 3)));
        IsAs(description, "Classified", classified);
        IsAs(description, "Image", classified.GetProperty("images")[0]);
        IsAs(description, "Problem", await Served.Refused(await served.Send([1]), 422, "unreadable_image"));
    }

    private static void IsAs(JsonElement description, string schema, JsonElement answer)
    {
        var shape = description.GetProperty("components").GetProperty("schemas").GetProperty(schema);
        var known = shape.GetProperty("properties").EnumerateObject().Select(entry => entry.Name).ToHashSet();
        Assert.All(answer.EnumerateObject(), entry => Assert.Contains(entry.Name, known));
        if (shape.TryGetProperty("required", out var required))
            Assert.All(required.EnumerateArray(), name => Assert.True(answer.TryGetProperty(name.GetString()!, out _), $"{schema}.{name}"));
    }

    private static void AllReferencesLead(JsonElement root, JsonElement element)
    {
        if (element.ValueKind == JsonValueKind.Array)
            foreach (var child in element.EnumerateArray()) AllReferencesLead(root, child);
        if (element.ValueKind != JsonValueKind.Object) return;
        foreach (var entry in element.EnumerateObject())
            if (entry.Name == "$ref") entry.Value.GetString()!.Split('/')[1..].Aggregate(root, (at, part) => at.GetProperty(part));
            else AllReferencesLead(root, entry.Value);
    }

    [Fact]
    public async Task Metrics_count_images_and_refusals()
    {
        await using var served = await Served.Start();
        await Served.Ok(await served.Send(Served.Png(200, 2, 3)));
        await Served.Refused(await served.Send([1]), 422, "unreadable_image");
        var text = await served.Client.GetStringAsync(new Uri("/metrics", UriKind.Relative));
        Assert.Matches(@"(?m)^foresee_images(_total)?\{[^}]*outcome=""classified""[^}]*\} [1-9]", text);
        Assert.Matches(@"(?m)^foresee_refusals(_total)?\{[^}]*code=""unreadable_image""[^}]*\} [1-9]", text);
        Assert.Contains("foresee_image_duration_seconds_bucket", text, StringComparison.Ordinal);
        Assert.Contains("http_server_request_duration_seconds_bucket", text, StringComparison.Ordinal);
        Assert.Contains("foresee_queue_length", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Health_is_plain_text()
    {
        await using var served = await Served.Start();
        foreach (var address in new[] { "/healthz/live", "/healthz/ready" })
        {
            var answer = await served.Client.GetAsync(new Uri(address, UriKind.Relative));
            Assert.Equal((HttpStatusCode.OK, "Healthy"), (answer.StatusCode, await answer.Content.ReadAsStringAsync()));
        }
    }
}
