using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using Foresee.Images;
using Foresee.Inference;
using Foresee.Torch.Files;

namespace Foresee.Cli;

/// <summary>foresee predict: classes of new images by a fitted model. Nothing on its way loads libtorch.</summary>
internal static class PredictCommand
{
    private const int FewestForSpeed = 20; // images, below which a rate says more of the start than of the speed

    public static Command Create(Terminal terminal)
    {
        var model = new Argument<string>("MODEL") { Description = Describe.Model };
        var images = new Argument<string[]>("IMAGES")
        {
            Description = $"images, folders of them, patterns such as 'photos/**/*.jpg', CSV files that name images, known data sets (their "
                + $"training images), or {ImageArguments.StandardInput} for paths on standard input, one a line",
            Arity = ArgumentArity.OneOrMore,
        };
        var top = Dial.Whole("--top", "classes to tell for each image (default: 5 in a file, 1 on screen)", least: 1);
        var coverage = new Option<double?>("--coverage")
        {
            Description = "also tell a set of classes that holds the true one for this share of the images, for instance 0.9",
            HelpName = "share",
        };
        coverage.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<double?>() is { } share && !(share is > 0 and < 1))
                result.AddError(FormattableString.Invariant($"--coverage must be a number between 0 and 1, got {share}."));
        });
        var output = new Option<FileInfo?>("--out")
        {
            Description = "file that receives a row for each image: .csv, or .jsonl for a JSON object each",
            HelpName = "predictions.csv",
        };
        var options = new RunOptions();
        var command = new Command("predict", "Tells the classes of new images by a fitted model")
        {
            model, images, top, coverage, output, options.Threads, options.Json,
        };
        command.SetAction(parsed =>
        {
            var (file, json) = (parsed.GetValue(output), parsed.GetValue(options.Json));
            PredictionRows.CheckEnding(file);
            OutputFolder.PrepareFor(file, json);
            var (named, wanted, share) = (parsed.GetValue(model)!, parsed.GetValue(images)!, parsed.GetValue(coverage));
            var threads = options.ThreadsOf(parsed);
            terminal.Now("loading the model");
            using var classifier = FittedModel.Load(named, new() { Threads = threads });
            if (share is not null && classifier.Description.Conformal is null)
                throw new UsageException($"{named} was not calibrated on labelled images, so it has no sets of classes; leave --coverage out, "
                    + "or fit it again with more labels.");
            terminal.Now("listing the images");
            var sources = ImageArguments.Open(wanted, terminal.In);
            var rows = new PredictionRows(classifier.Description, parsed.GetValue(top), share);
            using var interruption = new Interruption(terminal);
            var tally = new PredictionTally();
            var clock = Stopwatch.StartNew();
            if (file is null) Predict(classifier, sources, threads, tally, line => terminal.Line(rows.Plain(line)), interruption.Token);
            else
                ProgressBar.Show(terminal, show => Write(file, classifier, sources, threads, tally, rows,
                    done => show("predicting", done, Math.Max(done, sources.Known)), interruption.Token), line: Line);
            var seconds = clock.Elapsed.TotalSeconds;
            Tell(terminal, classifier.Description, tally, sources, file, seconds);
            JsonFile.Write(json, Fields(named, tally, sources, file, share, seconds));
            if (tally.Stopped) throw new OperationCanceledException();
            return tally.Skipped.Count > 0 ? ExitCode.Incomplete : ExitCode.Success;
        });
        return command;
    }

    /// <summary>Of standard input nobody knows how many will come.</summary>
    private static string Line(string work, double done, double of) => done < of ? ProgressBar.Line(work, done, of)
        : string.Create(CultureInfo.InvariantCulture, $"{work}: {done:N0} so far");

    private static bool Write(FileInfo file, Classifier classifier, ImageArguments sources, int threads, PredictionTally tally,
        PredictionRows rows, Action<int> show, CancellationToken cancel)
    {
        void Into(Stream stream)
        {
            using var writer = new StreamWriter(stream, new UTF8Encoding(false), 1 << 16, leaveOpen: true) { NewLine = "\n" };
            var lines = PredictionRows.IsLines(file);
            if (!lines) writer.WriteLine(rows.CsvHeader());
            show(0);
            Predict(classifier, sources, threads, tally, result =>
            {
                writer.WriteLine(lines ? rows.Json(result) : rows.Csv(result));
                show(tally.Images);
            }, cancel);
        }
        if (!OutputFolder.IsDevice(file)) AtomicFile.Write(file.FullName, Into);
        else
        {
            using var device = file.Open(FileMode.Open, FileAccess.Write);
            Into(device);
        }
        return true;
    }

    /// <summary>Stopped, it returns with what is done.</summary>
    private static void Predict(Classifier classifier, ImageArguments sources, int threads, PredictionTally tally,
        Action<FileResult<Prediction>> write, CancellationToken cancel)
    {
        try
        {
            foreach (var result in classifier.PredictAll(sources.All(), threads, cancel))
            {
                tally.Add(result);
                write(result);
            }
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested && tally.Images > 0)
        {
            tally.Stopped = true;
        }
        if (tally.Images == 0) throw new ImageDataException("There was no image to predict: standard input named none; write one path a line.");
        if (tally.Predicted == 0)
            throw new ImageDataException($"None of the {tally.Images:N0} images can be read; the first, {tally.Skipped[0].File}: "
                + $"{tally.Skipped[0].Reason}");
    }

    private static void Tell(Terminal terminal, ModelDescription model, PredictionTally tally, ImageArguments sources, FileInfo? file,
        double seconds)
    {
        ImageRemarks.Skipped(terminal, tally.Skipped);
        ImageRemarks.PassedOver(terminal, sources.Opened);
        ImageRemarks.MorePictures(terminal, tally.MorePictures, tally.Images);
        ImageRemarks.SixteenBit(terminal, tally.SixteenBit, tally.Images, model.Input.Window);
        if (tally.OutOfPlace > 0)
            terminal.Line($"{tally.OutOfPlace:N0} of {tally.Predicted:N0} are out of place: unlike the images that the model learnt from, so "
                + "that their classes can't be relied on");
        if (tally.Skipped.Count > 0) terminal.Line($"{tally.Skipped.Count:N0} of {tally.Images:N0} images could not be read");
        var speed = tally.Images >= FewestForSpeed ? FormattableString.Invariant($", {tally.Images / seconds:N0} a second") : "";
        terminal.Line(FormattableString.Invariant($"{tally.Predicted:N0} images in {seconds:0.0} s{speed}: ") + tally.Counts()
            + (file is null ? "" : $"; {file}"));
    }

    private static PredictFields Fields(string model, PredictionTally tally, ImageArguments sources, FileInfo? file, double? coverage,
        double seconds) => new(model, tally.Images, tally.Predicted, tally.Skipped.Count, tally.OutOfPlace, tally.Classes, coverage,
            seconds, tally.Images / seconds, tally.SixteenBit, file?.ToString(),
            [.. sources.Opened.SelectMany(source => source.PassedOver)], tally.MorePictures, tally.Stopped);
}

/// <summary>The fields of predict --json.</summary>
/// <param name="Classes">How many images each class is the most probable of.</param>
internal sealed record PredictFields(string Model, int Images, int Predicted, int Skipped, int OutOfPlace,
    IReadOnlyDictionary<string, int> Classes, double? Coverage, double Seconds, double ImagesPerSecond, int SixteenBit, string? File,
    IReadOnlyList<PassedOver> PassedOver, int WithMorePictures, bool Stopped);
