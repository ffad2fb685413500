using System.Diagnostics;
using Deque.AxeCore.Playwright;
using Foresee.Images;
using Foresee.Server;
using Foresee.Server.Tests;
using Foresee.Tests;
using Microsoft.Playwright;

namespace Foresee.Browser.Tests;

/// <summary>
/// The pages of foresee serve as people use them: drop an image, label by keys, take back, go on. With FORESEE_SCREENSHOTS set to a folder,
/// pictures of them are left there.
/// </summary>
public sealed class ServerPageTests(Chromium chromium) : IClassFixture<Chromium>
{
    private const int Telephone = 360, Desk = 1280;

    private static TinyModel Model(int labels, double accuracy)
    {
        var model = Served.Model();
        model.Description = model.Description with
        {
            Novelty = new(1, 0.05, 0.95),
            References = ["reds/1.png", "greens/1.png", "greens/2.png"],
            Labels = labels,
            Accuracy = new(accuracy, accuracy - 3, accuracy + 2.5, labels, "cross-validation"),
        };
        model.References = new([1, 0, 0, 0, 1, 0, 0.2f, 0.9f, 0], [0, 1, 1]);
        return model;
    }

    private static Task<Served> Start(int images = 12, string? token = null, Func<RefitRequest, ProcessStartInfo>? refit = null)
    {
        var model = Model(30, 91.5);
        return Served.Start((options, scratch) =>
        {
            Directory.CreateDirectory(scratch.At("model", "thumbnails"));
            for (var i = 0; i < 3; i++)
                File.WriteAllBytes(scratch.At("model", "thumbnails", $"{i}.jpg"), ImageFile.EncodeJpeg(i == 0 ? Plain(220, 30, 30) : Plain(30, 200, 60), 90));
            return options with { Token = token, Labels = new(scratch.Pool(images), scratch.At("labels.csv")) { Refit = refit } };
        }, model);
    }

    private static Image Plain(byte red, byte green, byte blue)
    {
        var pixels = new byte[48 * 48 * 3];
        for (var i = 0; i < pixels.Length; i += 3) (pixels[i], pixels[i + 1], pixels[i + 2]) = (red, green, blue);
        return new(48, 48, 3, pixels);
    }

    [ChromiumFact]
    public async Task A_dropped_image_shows_its_classes_and_one_out_of_place_a_warning()
    {
        await using var served = await Start();
        var (page, faults) = await OpenAsync(served, "/", Desk);
        await DropAsync(page, "leaf.png", Served.Png(20, 230, 40, 64, 48));
        var card = page.Locator(".card").First;
        await Assertions.Expect(card.Locator("h3")).ToContainTextAsync("green");
        Assert.Equal(3, await card.Locator(".bars li").CountAsync());
        Assert.Equal(0, await card.Locator(".warning").CountAsync());
        await Assertions.Expect(card.Locator(".near img")).ToHaveCountAsync(3);
        await page.Locator("#files").SetInputFilesAsync(new FilePayload { Name = "sky.png", MimeType = "image/png", Buffer = Served.Png(30, 40, 240, 64, 48) });
        await Assertions.Expect(page.Locator(".card").First.Locator(".warning")).ToContainTextAsync("Out of place");
        await page.Locator("#files").SetInputFilesAsync(new FilePayload { Name = "notes.txt", MimeType = "image/png", Buffer = "text"u8.ToArray() });
        await Assertions.Expect(page.Locator(".card").First.Locator(".alert")).ToContainTextAsync("text, not an image");
        await Assertions.Expect(page.Locator("#status")).ToContainTextAsync("3 images classified");
        await ShootAsync(page, "classify-desk");
        Assert.Equal(1, faults.Count(fault => fault.Contains("422", StringComparison.Ordinal))); // of the text
        Assert.DoesNotContain(faults, fault => !fault.Contains("422", StringComparison.Ordinal));
        await page.Context.CloseAsync();
    }

    [ChromiumFact]
    public async Task A_pasted_image_is_classified()
    {
        await using var served = await Start();
        var (page, faults) = await OpenAsync(served, "/", Telephone);
        await EventAsync(page, "paste", "clipboardData", "pasted.png", Served.Png(240, 20, 20, 64, 48));
        await Assertions.Expect(page.Locator(".card h3").First).ToContainTextAsync("red");
        await ShootAsync(page, "classify-telephone");
        Assert.Equal(Telephone, await page.EvaluateAsync<int>("document.documentElement.scrollWidth"));
        Assert.Empty(faults);
        await page.Context.CloseAsync();
    }

    [ChromiumFact]
    public async Task Five_images_are_labelled_by_keys_and_one_taken_back()
    {
        await using var served = await Start();
        var (page, faults) = await OpenAsync(served, "/label", Desk);
        List<string> names = [];
        foreach (var key in new[] { "1", "2", "3", "1", "2" })
        {
            await Assertions.Expect(page.Locator("#image")).ToBeVisibleAsync();
            names.Add(await page.Locator("#name").InnerTextAsync());
            await page.Keyboard.PressAsync(key);
            await Assertions.Expect(page.Locator("#name")).Not.ToHaveTextAsync(names[^1]);
        }
        await Assertions.Expect(page.Locator("#status")).ToHaveTextAsync("Labelled green, 5 of 12");
        await Assertions.Expect(page.Locator("#count")).ToContainTextAsync("5 of 12 labelled");
        await ShootAsync(page, "label-desk");
        await page.Keyboard.PressAsync("Backspace");
        await Assertions.Expect(page.Locator("#name")).ToHaveTextAsync(names[4]); // it is in sight again
        await Assertions.Expect(page.Locator("#count")).ToContainTextAsync("4 of 12 labelled");
        string[] expected = ["red", "green", "blue", "red"];
        Assert.Equal(names.Take(4).Zip(expected, (name, label) => $"pool/{name},{label}"), Lines(served));
        await page.Keyboard.PressAsync("3");
        await Assertions.Expect(page.Locator("#count")).ToContainTextAsync("5 of 12 labelled");
        Assert.Equal($"pool/{names[4]},blue", Lines(served)[^1]);
        Assert.Equal(5, names.Distinct().Count());
        await page.Keyboard.PressAsync("s");
        await Assertions.Expect(page.Locator("#count")).ToContainTextAsync("1 skipped");
        Assert.Empty(faults);
        await page.Context.CloseAsync();
    }

    [ChromiumFact]
    public async Task Everything_gets_its_label_and_a_reload_forgets_nothing()
    {
        await using var served = await Start(images: 5);
        var (page, faults) = await OpenAsync(served, "/label", Desk);
        for (var i = 0; i < 2; i++) await LabelAsync(page, "1");
        await page.ReloadAsync();
        await Assertions.Expect(page.Locator("#count")).ToContainTextAsync("2 of 5 labelled");
        await page.Keyboard.PressAsync("u"); // what was decided before the reload
        await Assertions.Expect(page.Locator("#count")).ToContainTextAsync("1 of 5 labelled");
        for (var i = 0; i < 4; i++) await LabelAsync(page, "2");
        await Assertions.Expect(page.Locator("#no-image")).ToContainTextAsync("Every image has a label");
        await Assertions.Expect(page.Locator("#count")).ToContainTextAsync("5 of 5 labelled");
        Assert.Equal(5, Lines(served).Length);
        Assert.Empty(faults);
        await page.Context.CloseAsync();
    }

    [ChromiumFact]
    public async Task Keys_do_nothing_while_typing_or_switched_off_and_a_new_class_can_be_added()
    {
        await using var served = await Start();
        var (page, faults) = await OpenAsync(served, "/label", Telephone, ColorScheme.Dark);
        await Assertions.Expect(page.Locator("#image")).ToBeVisibleAsync();
        await page.Keyboard.PressAsync("n"); // into the field
        await page.Keyboard.TypeAsync("us 123");
        await page.Keyboard.PressAsync("Enter");
        await Assertions.Expect(page.Locator("#classes button")).ToHaveCountAsync(4);
        Assert.Empty(Lines(served));
        await page.Keyboard.PressAsync("4");
        await Assertions.Expect(page.Locator("#count")).ToContainTextAsync("1 of 12 labelled");
        Assert.EndsWith(",us 123", Lines(served)[^1], StringComparison.Ordinal);
        await page.Locator("#keys").UncheckAsync();
        var name = await page.Locator("#name").InnerTextAsync();
        foreach (var key in new[] { "1", "u", "s", "Backspace" }) await page.Keyboard.PressAsync(key);
        await Assertions.Expect(page.Locator("#name")).ToHaveTextAsync(name);
        Assert.Single(Lines(served));
        await page.Locator("#classes button").First.FocusAsync(); // without them by Tab and Enter
        await page.Keyboard.PressAsync("Enter");
        await Assertions.Expect(page.Locator("#count")).ToContainTextAsync("2 of 12 labelled");
        await ShootAsync(page, "label-telephone-dark");
        Assert.Equal(Telephone, await page.EvaluateAsync<int>("document.documentElement.scrollWidth"));
        Assert.Empty(faults);
        await page.Context.CloseAsync();
    }

    [ChromiumFact]
    public async Task Two_browsers_label_different_images()
    {
        await using var served = await Start();
        var (ada, faults) = await OpenAsync(served, "/label", Desk);
        var (bob, others) = await OpenAsync(served, "/label", Desk);
        for (var i = 0; i < 3; i++)
        {
            await LabelAsync(ada, "1");
            await LabelAsync(bob, "2");
        }
        await Assertions.Expect(bob.Locator("#count")).ToContainTextAsync("6 of 12 labelled");
        Assert.Equal(6, Lines(served).Select(line => line.Split(',')[0]).Distinct().Count());
        Assert.Empty(faults.Concat(others));
        await ada.Context.CloseAsync();
        await bob.Context.CloseAsync();
    }

    [ChromiumFact]
    public async Task A_refit_shows_its_progress_and_both_accuracies()
    {
        using var fitted = new Scratch();
        Served.WriteModel(fitted.At("next"), Model(4, 96));
        await using var served = await Start(refit: request => new("sh", ["-c", $"echo 'linear, fold 2 of 5'; sleep 3; cp -r '{fitted.At("next")}' '{request.Output}'"]));
        var (page, faults) = await OpenAsync(served, "/label", Desk);
        foreach (var key in new[] { "1", "2", "3", "1" }) await LabelAsync(page, key);
        await Assertions.Expect(page.Locator("#labels-warning")).ToContainTextAsync("fitted from 30 labels, and the file here has 4");
        await page.Locator("#refit").ClickAsync();
        await Assertions.Expect(page.Locator("#refit-status")).ToContainTextAsync("linear, fold 2 of 5");
        await ShootAsync(page, "label-refit");
        await LabelAsync(page, "2"); // meanwhile
        await Assertions.Expect(page.Locator("#refit-status")).ToContainTextAsync("the new model is in use", new() { Timeout = 20_000 });
        await Assertions.Expect(page.Locator("#accuracy")).ToContainTextAsync("accuracy 96.0 % (93.0 to 98.5), before the refit 91.5 % (88.5 to 94.0)");
        await Assertions.Expect(page.Locator("#labels-warning")).ToBeHiddenAsync();
        Assert.Empty(faults);
        await page.Context.CloseAsync();
    }

    [ChromiumFact]
    public async Task A_server_with_a_token_asks_for_it_once()
    {
        await using var served = await Start(token: "correct-horse-battery");
        var (page, _) = await OpenAsync(served, "/label", Desk);
        await Assertions.Expect(page.Locator("#token-dialog")).ToBeVisibleAsync();
        await page.Locator("#token").FillAsync("wrong-horse-battery");
        await page.Keyboard.PressAsync("Enter");
        await Assertions.Expect(page.Locator("#token")).ToHaveValueAsync("");
        await Assertions.Expect(page.Locator("#token-dialog")).ToBeVisibleAsync();
        await page.Locator("#token").FillAsync("correct-horse-battery");
        await page.Keyboard.PressAsync("Enter");
        await Assertions.Expect(page.Locator("#image")).ToBeVisibleAsync();
        Assert.DoesNotContain("horse", page.Url, StringComparison.Ordinal);
        await LabelAsync(page, "1");
        await Assertions.Expect(page.Locator("#count")).ToContainTextAsync("1 of 12 labelled");
        await page.Context.CloseAsync();
    }

    public static TheoryData<string, int, ColorScheme> Views()
    {
        var views = new TheoryData<string, int, ColorScheme>();
        foreach (var address in new[] { "/", "/label" })
            foreach (var width in new[] { Telephone, Desk })
                foreach (var scheme in new[] { ColorScheme.Light, ColorScheme.Dark }) views.Add(address, width, scheme);
        return views;
    }

    [ChromiumTheory]
    [MemberData(nameof(Views))]
    public async Task Everybody_can_use_the_pages(string address, int width, ColorScheme scheme)
    {
        await using var served = await Start();
        var (page, faults) = await OpenAsync(served, address, width, scheme);
        if (address == "/")
        {
            await DropAsync(page, "leaf.png", Served.Png(20, 40, 230, 64, 48));
            await Assertions.Expect(page.Locator(".card h3")).ToContainTextAsync("blue");
        }
        else
        {
            await Assertions.Expect(page.Locator("#image")).ToBeVisibleAsync();
            await page.Locator("#show-guess").CheckAsync();
        }
        await ShootAsync(page, $"server{address.Replace('/', '-')}-{width}-{scheme}");
        var looked = await page.RunAxe();
        Assert.Empty(looked.Violations.SelectMany(rule => rule.Nodes.Take(3).Select(node => $"{rule.Id}: {node.Html} ({node.Any.FirstOrDefault()?.Message})")));
        Assert.Contains(looked.Passes, rule => rule.Id == "color-contrast");
        Assert.Equal(width, await page.EvaluateAsync<int>("document.documentElement.scrollWidth"));
        Assert.Empty(faults);
        await page.Context.CloseAsync();
    }

    private static string[] Lines(Served served) => File.ReadAllLines(served.Folder.At("labels.csv"))[1..];

    private static async Task LabelAsync(IPage page, string key)
    {
        await Assertions.Expect(page.Locator("#image")).ToBeVisibleAsync();
        var name = await page.Locator("#name").InnerTextAsync();
        await page.Keyboard.PressAsync(key);
        await Assertions.Expect(page.Locator("#name")).Not.ToHaveTextAsync(name);
    }

    /// <returns>The page, and what the browser complains of: faults of scripts, what the policy forbids, requests elsewhere.</returns>
    private async Task<(IPage Page, List<string> Faults)> OpenAsync(Served served, string address, int width,
        ColorScheme scheme = ColorScheme.Light)
    {
        var (page, faults) = (await chromium.PageAsync(width, scheme), new List<string>());
        page.PageError += (_, error) => faults.Add(error);
        page.Console += (_, message) =>
        {
            if (message.Type == "error") faults.Add(message.Text);
        };
        page.Request += (_, request) =>
        {
            if (!request.Url.StartsWith(served.Server.Address.ToString(), StringComparison.Ordinal)
                && !request.Url.StartsWith("blob:", StringComparison.Ordinal)) faults.Add(request.Url);
        };
        await page.GotoAsync(new Uri(served.Server.Address, address).ToString());
        return (page, faults);
    }

    private static Task DropAsync(IPage page, string name, byte[] file) => EventAsync(page, "drop", "dataTransfer", name, file);

    /// <summary>As the browser sends it when a person does it.</summary>
    private static Task EventAsync(IPage page, string kind, string holder, string name, byte[] file) => page.EvaluateAsync("""
        ([kind, holder, name, bytes]) => {
          const data = new DataTransfer();
          data.items.add(new File([Uint8Array.from(atob(bytes), sign => sign.charCodeAt(0))], name, { type: 'image/png' }));
          const event = holder === 'clipboardData' ? new ClipboardEvent(kind, { clipboardData: data, bubbles: true, cancelable: true })
            : new DragEvent(kind, { dataTransfer: data, bubbles: true, cancelable: true });
          document.getElementById('drop').dispatchEvent(event);
        }
        """, new[] { kind, holder, name, Convert.ToBase64String(file) });

    private static async Task ShootAsync(IPage page, string name)
    {
        if (Environment.GetEnvironmentVariable("FORESEE_SCREENSHOTS") is { Length: > 0 } folder)
            await page.ScreenshotAsync(new() { Path = Path.Combine(folder, $"{name}.png"), FullPage = true });
    }
}
