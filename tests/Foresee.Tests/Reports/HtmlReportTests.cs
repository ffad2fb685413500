using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.RegularExpressions;
using Foresee.Evaluation;
using Foresee.Reports;

namespace Foresee.Tests.Reports;

public sealed partial class HtmlReportTests
{
    [Fact]
    public void The_report_looks_as_approved() => Approved.Check("report.html", WithoutAssets(HtmlReport.Render(Samples.Report())));

    [Fact]
    public void Nothing_is_loaded_from_anywhere()
    {
        var page = HtmlReport.Render(Samples.Report());
        Assert.Contains("default-src 'none'", page, StringComparison.Ordinal);
        var markup = WithoutAssets(page);
        Assert.All(Loads().Matches(markup), match =>
            Assert.StartsWith("data:image/png;base64,", match.Groups["what"].Value, StringComparison.Ordinal));
        Assert.DoesNotMatch("@import|url\\(|<link|<iframe|<object|<base", markup + HtmlReport.Asset("report.css"));
        Assert.DoesNotMatch("fetch\\(|import\\(|XMLHttpRequest", HtmlReport.Asset("report.js"));
    }

    [Fact]
    public void Hostile_names_stay_text()
    {
        const string hostile = "</script><script>alert('\"1\"')</script>&<img src=x onerror=alert(2)>{0}";
        var comparison = LabelComparison.From(Samples.Results(hostile), "linear", "pixels", new Dictionary<string,
            string>
        { ["linear"] = hostile, ["supervised"] = hostile });
        var content = new ReportContent
        {
            Title = hostile,
            Comparison = comparison,
            Pretraining = [.. Samples.Log(2).Select(e =>
                e with { Accuracies = new Dictionary<string, IReadOnlyDictionary<string,
                double>> { [hostile] = new Dictionary<string, double> { [hostile] = 0.1 } } })],
            Pictures = [new(hostile, hostile, Samples.Png)],
            Run = Samples.Run() with
            {
                Command = hostile,
                Recipe = hostile,
                Options = RunDescription.OptionsOf(new { text = hostile }),
                Data = new(hostile, hostile, 1)
            },
            Facts = [new(hostile, hostile)],
            Next = [new(hostile, hostile)],
        };
        var page = WithoutAssets(HtmlReport.Render(content));
        Assert.Equal(4, page.Split("<script").Length - 1); // data, D3, Plot, report.js
        Assert.DoesNotContain("<script>alert", page, StringComparison.Ordinal);
        Assert.DoesNotContain("<img src=x", page, StringComparison.Ordinal);
        Assert.Contains("&lt;/script&gt;", page, StringComparison.Ordinal);
        Assert.Equal(hostile, Data(page).RootElement.GetProperty("labels").GetProperty("series")[0].GetProperty("name").GetString());
    }

    [Fact]
    public void Plots_have_their_numbers_in_the_page()
    {
        var labels = Data(HtmlReport.Render(Samples.Report())).RootElement.GetProperty("labels");
        Assert.True(labels.GetProperty("log_x").GetBoolean());
        var points = labels.GetProperty("series")[0].GetProperty("points");
        Assert.Equal([10, 25, 60, 200], points.EnumerateArray().Select(p => p.GetProperty("x").GetDouble()));
        Assert.Equal(76.5, points[0].GetProperty("y").GetDouble(), 1e-9);
        var half = Statistics.Confidence([75.75, 76.5, 77.25]).HalfWidth!.Value;
        Assert.Equal(76.5 - half, points[0].GetProperty("low").GetDouble(), 1e-9);
    }

    [Fact]
    public void Every_chart_has_a_place_and_every_place_a_chart()
    {
        var page = HtmlReport.Render(Samples.Report());
        var places = Places().Matches(WithoutAssets(page)).Select(m => m.Groups[1].Value).Order();
        Assert.Equal(["directions", "gradient", "labels", "loss", "offsets", "rate", "speed"], places);
        Assert.Equal(places, Data(page).RootElement.EnumerateObject().Select(p => p.Name).Order());
    }

    [Fact]
    public void A_report_without_results_or_log_still_tells_what_was_run()
    {
        var page = HtmlReport.Render(new() { Title = "Nothing yet", Run = Samples.Run() });
        Assert.Contains("./foresee demo", page, StringComparison.Ordinal);
        Assert.DoesNotContain("<script", page, StringComparison.Ordinal);
    }

    [Fact]
    public void A_diverged_run_still_gets_its_report()
    {
        var page = HtmlReport.Render(new() { Title = "Diverged", Pretraining = [.. Samples.Log(3), new(40, 0.1, double.NaN, 600)] });
        Assert.Equal(3, Data(page).RootElement.GetProperty("loss").GetProperty("series")[0].GetProperty("points").GetArrayLength());
        Assert.Contains("NaN", page, StringComparison.Ordinal);
    }

    [Fact]
    public void A_long_log_is_thinned_with_its_ends_kept()
    {
        var points = Data(HtmlReport.Render(new() { Title = "Long", Pretraining = [.. Samples.Log(5000)] }))
            .RootElement.GetProperty("speed").GetProperty("series")[0].GetProperty("points");
        Assert.Equal(400, points.GetArrayLength());
        Assert.Equal(10 / 937.0, points[0].GetProperty("x").GetDouble(), 1e-4);
        Assert.Equal(50000 / 937.0, points[399].GetProperty("x").GetDouble(), 1e-2);
    }

    [Fact]
    public void The_charting_library_is_the_recorded_one()
    {
        var folder = AssetsFolder();
        var notes = File.ReadAllText(Path.Combine(folder, "README.md"));
        foreach (var name in new[] { "d3.min.js", "plot.min.js" })
        {
            var hash = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(Path.Combine(folder,
                name))));
            Assert.Contains($"| {name} |", notes, StringComparison.Ordinal);
            Assert.Contains(hash, notes, StringComparison.Ordinal);
            Assert.DoesNotContain("</script", HtmlReport.Asset(name), StringComparison.OrdinalIgnoreCase);
        }
    }

    private static string AssetsFolder([CallerFilePath] string test = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(test)!, "../../../src/Foresee/Reports/assets"));

    private static JsonDocument Data(string page) => JsonDocument.Parse(ChartData().Match(page).Groups[1].Value);

    private static string WithoutAssets(string page) => new[] { "report.css", "d3.min.js", "plot.min.js", "report.js" }
        .Aggregate(page, (text, name) => text.Replace(HtmlReport.Asset(name), $"[{name}]\n", StringComparison.Ordinal));

    [GeneratedRegex("(?:src|href|srcset|action|poster)=\"(?!#)(?<what>[^\"]*)\"")]
    private static partial Regex Loads();

    [GeneratedRegex("<script type=\"application/json\" id=\"charts\">(.*?)</script>", RegexOptions.Singleline)]
    private static partial Regex ChartData();

    [GeneratedRegex("data-chart=\"([^\"]+)\"")]
    private static partial Regex Places();
}
