using System.Text.RegularExpressions;
using Foresee.Images;
using Foresee.Inference;
using Foresee.Reports;

namespace Foresee.Tests.Reports;

public sealed partial class HtmlModelTests
{
    [Fact]
    public void Numbers_of_a_report_are_those_of_the_predictions()
    {
        var predictions = ModelSamples.Predictions(300, 5, pictures: false);
        var report = ModelReport.Of(ModelSamples.Description(5), predictions);
        int[] said = [.. Enumerable.Range(0, 300).Select(i => Enumerable.Range(0, 5).MaxBy(c => predictions.Probabilities[i * 5 + c]))];
        var right = Enumerable.Range(0, 300).Count(i => said[i] == predictions.Labels[i]);
        Assert.Equal((right, 300), (report.Accuracy.Part, report.Accuracy.Whole));
        Assert.Equal(right, report.Confusion.Right);
        Assert.True(report.ErrorRange.Low < report.ErrorRange.High);
        Assert.Equal(300, report.Map!.Images);
        Assert.Equal([0.8, 0.9, 0.95], report.Conformal.Select(sets => sets.Wanted));
        Assert.Equal(predictions.Distances!.Count(d => d > 0.31), report.OutOfPlace!.Flagged.Part);
        // the surest mistake comes first
        var surest = Enumerable.Range(0, 300).Where(i => said[i] != predictions.Labels[i])
            .MaxBy(i => predictions.Probabilities[i * 5 + said[i]]);
        Assert.Equal(predictions.Names[surest], report.Mistakes[0].Name);
        Assert.All(report.Mistakes, shown => Assert.NotEqual(shown.Label, shown.Predicted));
        Assert.All(report.Uncertain.Zip(report.Uncertain.Skip(1)), pair =>
            Assert.True(pair.First.Confidence - pair.First.OfSecond <= pair.Second.Confidence - pair.Second.OfSecond));
    }

    [Fact]
    public void Every_part_is_there_and_the_contents_lead_to_it()
    {
        var page = HtmlReport.Render(ModelSamples.Content(200, 10));
        string[] parts = [.. Headings().Matches(page).Select(match => match.Groups[1].Value)];
        Assert.Equal(["confusion", "classes", "calibration", "sets", "place", "mistakes", "uncertain", "suspects", "neighbours", "map", "tried",
            "result", "pretraining", "model", "run", "next"], parts);
        Assert.All(parts, part => Assert.Contains($"<a href=\"#{part}\">", page, StringComparison.Ordinal));
        Assert.Equal(page.Split("<img").Length, page.Split("<img alt=\"").Length);
        Assert.Contains("no time was left for it", page, StringComparison.Ordinal);
    }

    [Fact]
    public void A_report_of_a_hundred_classes_and_two_thousand_images_stays_small()
    {
        var page = HtmlReport.Render(ModelSamples.Content(2000, 100));
        Assert.InRange(page.Length, 500_000, 3_000_000);
        Assert.Equal(100 * 100, page.Split("<td class=\"h").Length - 1 + page.Split("<td></td>").Length - 1
            - Tried().Matches(page).Sum(match => match.Value.Split("<td></td>").Length - 1));
    }

    [Fact]
    public void Of_a_thousand_classes_the_commonest_confusions_are_told_instead_of_the_matrix()
    {
        var page = HtmlReport.Render(new()
        {
            Title = "Many",
            Model = ModelReport.Of(ModelSamples.Description(1000), ModelSamples.Predictions(2000, 1000, pictures: false)),
        });
        Assert.InRange(page.Length, 100_000, 2_000_000);
        Assert.Contains("matrix of 1000 classes is not drawn", page, StringComparison.Ordinal);
        Assert.Equal(12, page.Split("</strong> for <strong>").Length - 1);
    }

    [Fact]
    public void A_model_that_could_not_be_measured_has_its_record()
    {
        var page = HtmlReport.Render(new() { Title = "One label per class", Unmeasured = ModelSamples.Description(10) });
        Assert.Equal(["tried", "model"], Headings().Matches(page).Select(match => match.Groups[1].Value));
        Assert.Contains("--minutes 30", page, StringComparison.Ordinal);
    }

    [Fact]
    public void A_model_without_features_scores_and_rule_still_has_its_report()
    {
        var bare = ModelSamples.Predictions(30, 2, pictures: false) with { Features = null, Distances = null, Foreign = null };
        var description = ModelSamples.Description(2) with { Conformal = null, Novelty = null, Tried = [] };
        var page = HtmlReport.Render(new() { Title = "Bare", Model = ModelReport.Of(description, bare) });
        Assert.Equal(["confusion", "classes", "calibration", "mistakes", "uncertain", "model"],
            Headings().Matches(page).Select(match => match.Groups[1].Value));
        Assert.DoesNotContain("<script", page, StringComparison.Ordinal);
        Assert.Contains("30 images are few", page, StringComparison.Ordinal);
    }

    [Fact]
    public void Whoever_is_always_right_has_no_mistakes_and_one_image_is_enough()
    {
        ModelDescription description = new(["cat", "dog"], new InputFormat(8, 8, 3), 2);
        ModelPredictions one = new() { MeasuredOn = "one image", Names = ["cat/1.png"], Labels = [0], Probabilities = [.9f, .1f], Features = [1, 0] };
        var page = HtmlReport.Render(new() { Title = "One", Model = ModelReport.Of(description, one) });
        Assert.Contains("No image was taken for another class", page, StringComparison.Ordinal);
        Assert.DoesNotContain("id=\"mistakes\"", page, StringComparison.Ordinal);
        Assert.DoesNotContain("NaN", page, StringComparison.Ordinal);
    }

    [Fact]
    public void The_folder_that_all_images_lie_in_is_not_repeated_below_each()
    {
        var predictions = ModelSamples.Predictions(40, 3, pictures: false);
        predictions = predictions with { Names = [.. predictions.Names.Select(name => $"/data/satellite/test/{name}")] };
        var report = ModelReport.Of(ModelSamples.Description(3), predictions);
        Assert.All(report.Uncertain, shown => Assert.StartsWith($"{report.Model.Classes[shown.Label]}/picture_", shown.Name, StringComparison.Ordinal));
        ModelPredictions one = new() { MeasuredOn = "one", Names = ["/data/a.png"], Labels = [0], Probabilities = [.1f, .6f, .3f] };
        Assert.Equal("a.png", ModelReport.Of(ModelSamples.Description(3), one).Mistakes[0].Name);
    }

    [Fact]
    public void Images_that_calibrated_the_model_are_said_to_have()
    {
        var page = HtmlReport.Render(new()
        {
            Title = "Fitted",
            Model = ModelReport.Of(ModelSamples.Description(5),
                ModelSamples.Predictions(120, 5, pictures: false) with { Calibrated = true }),
        });
        Assert.Contains("expect a little less", page, StringComparison.Ordinal);
        Assert.Contains("random halves", page, StringComparison.Ordinal);
    }

    [Fact]
    public void Hostile_names_of_classes_and_files_stay_text()
    {
        const string hostile = "</style></script><script>alert(1)</script>\"><img src=x onerror=alert(2)>{0}</h2>";
        var predictions = ModelSamples.Predictions(40, 3) with { Names = [.. Enumerable.Repeat(hostile, 40)], MeasuredOn = hostile };
        var description = ModelSamples.Description(3) with
        {
            Classes = ["a", hostile, "c"],
            Start = hostile,
            Tried = [new(hostile, hostile, 1, 0, 2, 3, hostile)],
            Command = hostile,
        };
        var page = HtmlReport.Render(new() { Title = hostile, Model = ModelReport.Of(description, predictions) });
        Assert.DoesNotContain("<script", page, StringComparison.Ordinal);
        Assert.DoesNotContain("<img src=x", page, StringComparison.Ordinal);
        Assert.Contains("&lt;/script&gt;", page, StringComparison.Ordinal);
    }

    [Fact]
    public void Predictions_that_do_not_belong_together_are_refused_with_every_fault()
    {
        var error = Assert.Throws<ArgumentException>(() => ModelReport.Of(ModelSamples.Description(5), ModelSamples.Predictions(20, 5) with
        {
            Names = ["one"],
            Probabilities = [1],
            Distances = [1, 2],
            Labels = [.. Enumerable.Repeat(5, 20)],
        }));
        Assert.Contains("1 names; there are 1 probabilities, not 5 for each; there are 2 distances; a label is none of the 5 classes", error.Message,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(300, 200, 3, 96, 64)]
    [InlineData(30, 20, 1, 30, 20)]
    [InlineData(200, 400, 4, 48, 96)]
    [InlineData(64, 64, 5, 64, 64)]
    [InlineData(10, 10, 2, 10, 10)]
    public void A_small_picture_is_a_JPEG_that_can_be_read_again(int width, int height, int channels, int smallWidth, int smallHeight)
    {
        Image image = new(width, height, channels, [.. Enumerable.Repeat((byte)200, width * height * channels)]);
        var jpeg = Thumbnail.Jpeg(image);
        var path = Path.GetTempFileName();
        File.WriteAllBytes(path, jpeg);
        var read = ImageFile.Read(path);
        File.Delete(path);
        Assert.Equal((smallWidth, smallHeight, channels is 1 or 2 ? 1 : 3), (read.Width, read.Height, read.Channels));
        var expected = channels is 2 or 4 ? 200 * 200 / 255 + 255 - 200 : 200; // on white
        Assert.All(read.Pixels, value => Assert.InRange(value, expected - 3, expected + 3));
        Assert.Equal([0xFF, 0xD8], jpeg[..2]);
    }

    [GeneratedRegex("<h2 id=\"([^\"]+)\"")]
    private static partial Regex Headings();

    // tables but the matrix
    [GeneratedRegex("<table(?! class=\"matrix).*?</table>", RegexOptions.Singleline)]
    private static partial Regex Tried();
}
