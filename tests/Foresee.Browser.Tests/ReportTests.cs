using Deque.AxeCore.Playwright;
using Foresee.Evaluation;
using Foresee.Reports;
using Foresee.Tests.Reports;
using Microsoft.Playwright;

namespace Foresee.Browser.Tests;

/// <summary>
/// Reports as a reader has them: on a telephone and a desk, by day and night, on paper, by keyboard, without scripts. With
/// FORESEE_SCREENSHOTS set to a folder, pictures of them are left there.
/// </summary>
public sealed class ReportTests(Chromium chromium) : IClassFixture<Chromium>, IDisposable
{
    private const int Telephone = 360, Desk = 1280, Paper = 718; // of A4 without its margins
    private static readonly Dictionary<string, Lazy<string>> Pages = new()
    {
        ["model"] = new(() => HtmlReport.Render(ModelSamples.Content(400, 10))),
        ["two-classes"] = new(() => HtmlReport.Render(new() { Title = "Two classes", Model = ModelSamples.Content(60, 2).Model })),
        ["hundred-classes"] = new(() => HtmlReport.Render(new() { Title = "A hundred classes", Model = ModelSamples.Content(500, 100).Model })),
        ["evaluation"] = new(() => HtmlReport.Render(Samples.Report())),
        ["comparison"] = new(() => HtmlReport.Render(new() { Title = "Starts compared", Starts = Starts(), Ablation = Ablation(), Run = Samples.Run() })),
    };
    private readonly string folder = Directory.CreateTempSubdirectory("foresee-browser-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    public static TheoryData<string, int, ColorScheme> Views()
    {
        var views = new TheoryData<string, int, ColorScheme>();
        foreach (var page in Pages.Keys)
            foreach (var width in new[] { Telephone, Desk })
                foreach (var scheme in new[] { ColorScheme.Light, ColorScheme.Dark })
                    if (page != "two-classes" || width == Telephone) views.Add(page, width, scheme);
        return views;
    }

    [ChromiumTheory]
    [MemberData(nameof(Views))]
    public async Task A_report_fits_the_window_and_everybody_can_read_it(string name, int width, ColorScheme scheme)
    {
        var page = await chromium.PageAsync(width, scheme);
        var faults = await OpenAsync(page, name);
        await ShootAsync(page, $"{name}-{width}-{scheme}");
        await ShowAllAsync(page);
        Assert.Empty(faults);
        Assert.Equal(width, await page.EvaluateAsync<int>("document.documentElement.scrollWidth"));
        Assert.Equal(0, await page.EvaluateAsync<int>("[...document.images].filter(i => !i.complete || i.naturalWidth === 0).length"));

        if (name == "hundred-classes" && (width, scheme) != (Telephone, ColorScheme.Dark)) return; // ten thousand cells take a while
        var checkedPage = await page.RunAxe();
        Assert.Empty(checkedPage.Violations.SelectMany(rule => rule.Nodes.Take(3).Select(node => $"{rule.Id}: {node.Html} ({node.Any.FirstOrDefault()?.Message})")));
        Assert.Contains(checkedPage.Passes, rule => rule.Id == "color-contrast");
        await page.Context.CloseAsync();
    }

    [ChromiumFact]
    public async Task On_paper_nothing_is_cut_off()
    {
        foreach (var name in Pages.Keys)
        {
            var page = await chromium.PageAsync(Paper, ColorScheme.Dark); // paper is white all the same
            await OpenAsync(page, name);
            await page.EmulateMediaAsync(new() { Media = Media.Print });
            await ShootAsync(page, $"{name}-print");
            var wide = await page.EvaluateAsync<string[]>("[...document.querySelectorAll('main *')].filter(e => e.getBoundingClientRect().right > "
                + "document.documentElement.clientWidth + 1 && !e.closest('.plot, pre')).map(e => e.outerHTML.slice(0, 120))");
            Assert.Empty(wide);
            Assert.Equal("rgb(29, 33, 38) on rgb(255, 255, 255)", await page.EvaluateAsync<string>(
                "`${getComputedStyle(document.body).color} on ${getComputedStyle(document.body).backgroundColor}`"));
            if (Environment.GetEnvironmentVariable("FORESEE_SCREENSHOTS") is { Length: > 0 } place)
                await page.PdfAsync(new() { Path = Path.Combine(place, $"{name}.pdf"), Format = "A4" });
            await page.Context.CloseAsync();
        }
    }

    [ChromiumFact]
    public async Task The_keyboard_reaches_contents_tables_and_hidden_numbers()
    {
        var page = await chromium.PageAsync(Desk);
        await OpenAsync(page, "model");
        await page.Keyboard.PressAsync("Tab");
        Assert.Equal("#confusion", await page.EvaluateAsync<string>("document.activeElement.getAttribute('href')"));
        Assert.NotEqual("none", await page.EvaluateAsync<string>("getComputedStyle(document.activeElement).outlineStyle"));
        for (var i = 0; i < 2; i++) await page.Keyboard.PressAsync("Tab");
        await page.Keyboard.PressAsync("Enter");
        Assert.EndsWith("#calibration", page.Url, StringComparison.Ordinal);
        Assert.True(await page.EvaluateAsync<bool>("Math.abs(document.getElementById('calibration').getBoundingClientRect().top) < 200"));
        await page.Keyboard.PressAsync("Tab"); // the numbers of the diagram
        Assert.Equal("SUMMARY", await page.EvaluateAsync<string>("document.activeElement.tagName"));
        await page.Keyboard.PressAsync("Enter");
        Assert.True(await page.EvaluateAsync<bool>("document.activeElement.parentElement.open"));
        await page.Keyboard.PressAsync("Tab");
        Assert.Equal("Numbers of the diagram", await page.EvaluateAsync<string>("document.activeElement.getAttribute('aria-label')"));
        await page.Context.CloseAsync();
    }

    [ChromiumFact]
    public async Task Without_scripts_all_that_a_model_did_is_there()
    {
        var page = await chromium.PageAsync(Desk, scripts: false);
        await page.SetContentAsync(Pages["model"].Value);
        foreach (var id in new[] { "confusion", "classes", "calibration", "sets", "mistakes", "map", "tried", "model" })
            Assert.True(await page.Locator($"#{id}").IsVisibleAsync());
        Assert.Equal(3, await page.Locator("svg.drawing").CountAsync());
        Assert.All(await page.Locator("svg.drawing").AllAsync(), drawing => Assert.True(drawing.BoundingBoxAsync().Result!.Height > 200));
        await page.Context.CloseAsync();
    }

    [ChromiumFact]
    public async Task The_names_of_a_wide_matrix_stay_in_sight()
    {
        var page = await chromium.PageAsync(Telephone);
        await OpenAsync(page, "hundred-classes");
        await page.EvaluateAsync("document.querySelector('.tall').scrollTo(600, 600)");
        var (box, name) = (await page.Locator(".tall").First.BoundingBoxAsync(), await page.Locator(".matrix tbody th").Nth(45).BoundingBoxAsync());
        Assert.Equal(box!.X, name!.X, 2f);
        await page.Context.CloseAsync();
    }

    private static StartComparison Starts() => StartComparison.From([.. Samples.Results().GroupBy(row => row.Protocol).Select(rows =>
        new StartMeasurement(rows.Key == "linear" ? "cpc-v2" : StartComparison.Baseline)
        {
            Encoder = "a patch encoder of 64 features",
            Images = 500_000,
            PretrainSeconds = 700,
            EvaluationSeconds = 90,
            PeakMib = 900,
            Results = [.. rows],
            Chosen = rows.Select(row => row.Labels).Distinct().ToDictionary(labels => labels, _ => rows.Key),
            Log = [.. Samples.Log(5).Select(entry => entry with { ProbeAccuracy = 0.3 + entry.Epoch, ProbeChance = 0.1 })],
        }), new("imagenet-resnet18") { Reason = "it is not on this machine; ./foresee start get imagenet-resnet18 fetches it" }]);

    private static AblationComparison Ablation() => AblationComparison.From([.. new[] { ("v1", 50.0), ("layer norm", 53), ("both directions", 57) }
        .Select(step => new AblationMeasurement(step.Item1, "what it changes, in words that take more than one line of a telephone", 640, 12,
            [.. Enumerable.Range(0, 3).Select(draw => new EvaluationResult("photographs", step.Item1, "linear", "10/class", draw, step.Item2 + draw, 1))]))]);

    /// <summary>From a file, as a reader opens it.</summary>
    /// <returns>What the browser complained of, and what the page asked for beside itself.</returns>
    private async Task<List<string>> OpenAsync(IPage page, string name)
    {
        var faults = new List<string>();
        page.Console += (_, message) => { if (message.Type is "error" or "warning") faults.Add(message.Text); };
        page.PageError += (_, error) => faults.Add(error);
        page.Request += (_, request) => { if (new Uri(request.Url).Scheme is not ("file" or "data")) faults.Add(request.Url); };
        var file = Path.Combine(folder, $"{name}.html");
        await File.WriteAllTextAsync(file, Pages[name].Value);
        await page.GotoAsync($"file://{file}");
        return faults;
    }

    /// <summary>Opens what is folded.</summary>
    private static Task ShowAllAsync(IPage page) =>
        page.EvaluateAsync("document.querySelectorAll('details').forEach(d => d.open = true)");

    private static async Task ShootAsync(IPage page, string name)
    {
        if (Environment.GetEnvironmentVariable("FORESEE_SCREENSHOTS") is not { Length: > 0 } place) return;
        Directory.CreateDirectory(place);
        await page.ScreenshotAsync(new() { Path = Path.Combine(place, $"{name}.png"), FullPage = true });
    }
}
