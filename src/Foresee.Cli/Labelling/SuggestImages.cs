using System.Globalization;
using Foresee.Images;
using Foresee.Inference.Suggesting;
using Foresee.Reports;
using Foresee.Starts;
using Foresee.Studies;
using Foresee.Torch;

namespace Foresee.Cli;

/// <summary>foresee suggest: from images and an encoder to a list and a contact sheet.</summary>
internal static class SuggestImages
{
    /// <param name="start">Loads libtorch; not called for a model, which needs none.</param>
    public static int Run(Terminal terminal, SuggestRequest request, Func<Device> start)
    {
        var file = request.Output ?? new FileInfo("suggested.csv");
        OutputFolder.PrepareFor(file, SheetOf(file), request.Json);
        using var source = Load(terminal, request, start);
        using var interruption = new Interruption(terminal);
        var images = SuggestionImages.Read(terminal, request, source.Input, interruption.Token);
        var (labels, classes) = source.Knows(images);
        var rule = request.Rules is [{ } asked] ? asked : Suggester.Suited(labels, classes);
        var rows = ProgressBar.Show(terminal, show => source.Rows(images, show, interruption.Token));
        var task = new SuggestionTask(rows, images.Labelled, request.Counts[0])
        {
            Rule = rule,
            Probabilities = rule == SuggestionRule.Margin
                ? ProgressBar.Show(terminal, show => source.Probabilities(images, show, interruption.Token)) : null,
            Seed = request.Seed,
            Threads = request.Threads,
        };
        terminal.Now("choosing images");
        var suggestions = Suggester.Choose(task, interruption.Token);
        Write(terminal, request, file, source.Input, images, labels, rule, suggestions);
        return ExitCode.Success;
    }

    private static SuggestionSource Load(Terminal terminal, SuggestRequest request, Func<Device> start)
    {
        if (SuggestionSource.IsModel(request.Encoder) || FittedModel.IsUnfinished(request.Encoder))
        {
            terminal.Now("loading the model");
            return new ModelSuggestions(FittedModel.Load(request.Encoder, new() { Threads = request.Threads, Nearest = 0 }));
        }
        var device = start();
        terminal.Now("loading the encoder");
        var source = EncoderSource.Of(request.Encoder);
        var encoder = source.Load(device);
        if (source.Run is not null) Resuming.Warn(terminal, source.Run);
        return new EncoderSuggestions(encoder, request.Pooling, request.Threads);
    }

    /// <summary>What fit may build on beside what it always tries; null where there is no more.</summary>
    private static string? RunOf(string named) => SuggestionSource.IsModel(named)
        || PretrainedStart.Find(named) is not null && !Directory.Exists(named) ? null : Shell.Path(named);

    private static FileInfo SheetOf(FileInfo list) => new(Path.ChangeExtension(list.FullName, ".html"));

    private static void Write(Terminal terminal, SuggestRequest request, FileInfo file, InputFormat input,
        SuggestionImages images, int labels, SuggestionRule rule, IReadOnlyList<Suggestion> suggestions)
    {
        SuggestedImage[] named = [.. suggestions.Select(suggestion => new SuggestedImage(images.Describe(suggestion.Row),
            SuggestionTrialPlan.NameOf(suggestion.Rule), suggestion.Score, suggestion.Reason,
            suggestion.Nearest is { } near ? images.Describe(near) : null, suggestion.Nearest is null ? null : suggestion.Similarity))];
        var lead = Lead(request, images, labels, rule, named.Length);
        var next = NextLine.Suggested(request.Pool, request.Labelled, RunOf(request.Encoder));
        terminal.Now("drawing the contact sheet");
        var pictures = new ContactPictures(images, input);
        SuggestionsFile.Write(file.FullName, named);
        HtmlSuggestions.Write(SheetOf(file).FullName, "Images to label next", lead, [.. named.Take(ContactPictures.Most)
            .Select((image, i) => pictures.Of(image, suggestions[i]))], Math.Max(0, named.Length - ContactPictures.Most), next);
        foreach (var sentence in lead) terminal.Line(sentence);
        terminal.Line($"list: {file}");
        terminal.Line($"contact sheet: {Path.ChangeExtension(file.ToString(), ".html")}");
        JsonFile.Write(request.Json, new SuggestFields(request.Encoder, request.Pool, images.Open, images.Labelled.Length, images.Skipped,
            SuggestionTrialPlan.NameOf(rule), named, file.ToString()));
        NextLine.Tell(terminal, next);
    }

    private static List<string> Lead(SuggestRequest request, SuggestionImages images, int labels, SuggestionRule rule, int found)
    {
        var lead = new List<string>
        {
            string.Create(CultureInfo.InvariantCulture, $"{found:N0} of {images.Open:N0} images of {request.Pool} suggested, {Words(rule)}"
                + $"; {(labels == 0 ? "none" : $"{labels:N0}")} labelled so far."),
        };
        if (found < request.Counts[0])
            lead.Add(string.Create(CultureInfo.InvariantCulture, $"Fewer than the {request.Counts[0]:N0} asked for: "
                + $"all others look like one that is labelled or suggested."));
        if (Measured(rule) is { } measured) lead.Add(measured);
        return lead;
    }

    /// <summary>What labels chosen so were worth over labels by chance: docs/suggesting.md has the table.</summary>
    private static string? Measured(SuggestionRule rule) => rule switch
    {
        SuggestionRule.Coverage => "Worth on test images, 100 labels in all from none, in points of accuracy over labels by chance: EuroSAT "
            + "+4.6 ± 2.2, CIFAR-10 +4.6 ± 1.7, Fashion-MNIST +4.7 ± 2.0. --trial measures it on yours.",
        SuggestionRule.Margin => "Worth on test images, 500 labels in all, of which the first 100 by coverage, in points over labels by chance: "
            + "EuroSAT +2.0 ± 0.5, CIFAR-10 +1.2 ± 0.9, Fashion-MNIST +2.5 ± 0.8. --trial measures it on yours.",
        SuggestionRule.CoreSet => "On EuroSAT core-set was not told apart from labels by chance; coverage and margin were better. "
            + "--trial measures it on yours.",
        _ => null,
    };

    private static string Words(SuggestionRule rule) => rule switch
    {
        SuggestionRule.Coverage => "typical ones of groups without labels (coverage)",
        SuggestionRule.CoreSet => "far from all that is labelled (core-set)",
        SuggestionRule.Margin => "those that a classifier on the labels so far is least sure of (margin)",
        _ => "by chance (random)",
    };
}

/// <summary>The fields of suggest --json.</summary>
internal sealed record SuggestFields(string Run, string Data, int Images, int Labelled, int Skipped, string Rule,
    IReadOnlyList<SuggestedImage> Suggested, string File);
