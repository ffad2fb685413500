using System.Diagnostics;
using System.Text.Json;
using Foresee.Images;
using Foresee.Reports;
using Foresee.Torch;
using Foresee.Torch.Files;

namespace Foresee.Cli.Tests;

/// <summary>What can be done with a run: evaluate, embed, inspect. The run is made once, by the real program.</summary>
public sealed class TrainedRunTests(TrainedRunTests.Made made) : IClassFixture<TrainedRunTests.Made>
{
    public sealed class Made : IDisposable
    {
        public Made()
        {
            Directory.CreateDirectory(In("data"));
            MadeImages.Write(In("data/train-images-idx3-ubyte"), 40, In("data/train-labels-idx1-ubyte"));
            MadeImages.Write(In("data/t10k-images-idx3-ubyte"), 20, In("data/t10k-labels-idx1-ubyte"));
            var result = Invocation.Program("pretrain", In("data"), "--recipe", "fashion-mnist", "--out", In("run"), "--images", "32");
            if (result.Code != ExitCode.Success) throw new InvalidOperationException(result.Error);
        }

        public string Folder { get; } = Directory.CreateTempSubdirectory("foresee-run-").FullName;
        public string In(string name) => Path.Combine(Folder, name);
        public void Dispose() => Directory.Delete(Folder, recursive: true);
    }

    [Fact]
    public void Evaluate_writes_a_row_per_draw_the_report_and_the_fields()
    {
        var result = Invocation.Program("evaluate", made.In("run"), made.In("data"), "--protocol", "linear,neighbours", "--labels",
            "2/class,5/class", "--draws", "2",
            "--out", made.In("evaluation"), "--json", made.In("evaluation.json"));
        Assert.Equal("", result.Error);
        Assert.Equal(ExitCode.Success, result.Code);
        var rows = ResultsFile.Read(made.In("evaluation/results.csv"));
        Assert.Equal(8, rows.Count);
        Assert.All(rows, row => Assert.InRange(row.Value, 0, 100));
        Assert.StartsWith("<!DOCTYPE html>", File.ReadAllText(made.In("evaluation/report.html")), StringComparison.OrdinalIgnoreCase);
        Assert.Contains(Convert.ToBase64String(File.ReadAllBytes(made.In("run/retrievals.png"))),
            File.ReadAllText(made.In("evaluation/report.html")), StringComparison.Ordinal);
        var fields = JsonDocument.Parse(File.ReadAllText(made.In("evaluation.json"))).RootElement;
        Assert.Equal(8, fields.GetProperty("results").GetArrayLength());
        var first = fields.GetProperty("results")[0]; // in the plan's order; the file has the order in which they ended
        Assert.Equal(first.GetProperty("value").GetDouble(), rows.Single(row => row.Protocol == first.GetProperty("protocol").GetString()
            && row.Labels == first.GetProperty("labels").GetString() && row.Draw == first.GetProperty("draw").GetInt32()).Value);
    }

    [Fact]
    public void Validation_reads_no_test_image_and_its_rows_and_report_say_so()
    {
        string[] rest = ["--protocol", "linear,streamed", "--epochs", "2", "--labels", "5/class", "--draws", "1", "--out",
            made.In("validation")];
        Assert.Equal(ExitCode.Success, Invocation.Program(["evaluate", made.In("run"), made.In("data"), .. rest]).Code);
        Assert.Contains("accuracy on the test images", File.ReadAllText(made.In("validation/report.html")), StringComparison.Ordinal);
        var test = made.In("data/t10k-images-idx3-ubyte");
        File.Move(test, test + ".away"); // labels without images: whoever looks for test images fails
        try
        {
            var result = Invocation.Program(["evaluate", made.In("run"), made.In("data"), .. rest, "--validation"]);
            Assert.Equal("", result.Error);
            Assert.Equal(ExitCode.Success, result.Code);
            // a sixth of 20 in each of two classes, rounded down
            Assert.Contains("of 6 validation images", result.Out, StringComparison.Ordinal);
            Assert.DoesNotContain("test images", result.Out, StringComparison.Ordinal);
        }
        finally
        {
            File.Move(test + ".away", test);
        }
        Assert.Contains("accuracy on the validation images", File.ReadAllText(made.In("validation/report.html")),
            StringComparison.Ordinal);
        var rows = ResultsFile.Read(made.In("validation/results.csv")); // the test rows stay beside them
        Assert.Equal([("linear", "test"), ("linear", "validation"), ("sgd-linear", "test"), ("sgd-linear", "validation")],
            rows.Select(row => (row.Protocol, row.MeasuredOn)).Order());
        Assert.Equal(4, rows.Select(row => row.Settings).Distinct().Count());
        Assert.All(rows.Where(row => row.MeasuredOn == "validation"), row => Assert.Equal($"{made.In("data")} (validation)", row.Data));

        var both = Invocation.Here(["evaluate", made.In("run"), made.In("data"), .. rest, "--validation", "--test", made.In("data")]);
        Assert.Equal(ExitCode.Usage, both.Code);
        Assert.Contains("give one of the two", both.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Evaluate_takes_the_grid_pooled_as_asked_and_measures_it_anew()
    {
        string[] line = ["evaluate", made.In("run"), made.In("data"), "--labels", "5/class", "--draws", "1", "--out", made.In("pooled")];
        Assert.Equal(ExitCode.Success, Invocation.Program(line).Code);
        var whole = Assert.Single(ResultsFile.Read(made.In("pooled/results.csv")));
        var result = Invocation.Program([.. line, "--pooling", "1x1"]);
        Assert.Equal(ExitCode.Success, result.Code);
        Assert.DoesNotContain("earlier start", result.Out, StringComparison.Ordinal);
        Assert.NotEqual(whole.Settings, Assert.Single(ResultsFile.Read(made.In("pooled/results.csv"))).Settings);
        var wrong = Invocation.Here([.. line, "--pooling", "4x4"]);
        Assert.Equal(ExitCode.Usage, wrong.Code);
        Assert.Contains("1x1, 2x2, 3x3 or whole", wrong.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Draws_of_other_settings_in_the_same_file_are_named()
    {
        string[] Line(string draws, string pooling) => ["evaluate", made.In("run"), made.In("data"), "--labels", "5/class", "--draws",
            draws, "--pooling", pooling, "--out", made.In("mixed")];
        Assert.Equal("", Invocation.Program(Line("3", "whole")).Error);
        var result = Invocation.Program(Line("1", "2x2"));
        Assert.Equal(ExitCode.Success, result.Code);
        Assert.Contains("also has linear with 5/class on draws 1, 2, by other settings",
            Assert.Single(result.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries)), StringComparison.Ordinal);
        Assert.Equal(3, ResultsFile.Read(made.In("mixed/results.csv")).Count); // nothing is lost
        Assert.Equal("", Invocation.Program(Line("3", "2x2")).Error); // none left of the others
    }

    [Fact]
    public void Head_epochs_reach_the_fine_tuning_and_nothing_else()
    {
        string[] line = ["evaluate", made.In("run"), made.In("data"), "--protocol", "fine-tuned", "--epochs", "1", "--labels", "5/class",
            "--draws", "1", "--out", made.In("unfrozen")];
        Assert.Equal(ExitCode.Success, Invocation.Program(line).Code);
        var plain = Assert.Single(ResultsFile.Read(made.In("unfrozen/results.csv")));
        Assert.Equal(ExitCode.Success, Invocation.Program([.. line, "--head-epochs", "2"]).Code);
        Assert.NotEqual(plain.Settings, Assert.Single(ResultsFile.Read(made.In("unfrozen/results.csv"))).Settings);
        var idle = Invocation.Here([.. line.Select(word => word == "fine-tuned" ? "sgd-linear" : word), "--head-epochs", "2"]);
        Assert.Equal(ExitCode.Usage, idle.Code);
        Assert.Contains("--head-epochs changes nothing in sgd-linear; it is about fine-tuned", idle.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void The_network_reaches_what_learns_from_unlabelled_images_and_nothing_else()
    {
        string[] line = ["evaluate", made.In("run"), made.In("data"), "--protocol", "fixmatch", "--epochs", "1", "--labels", "5/class",
            "--draws", "1", "--out", made.In("joint")];
        Assert.Equal(ExitCode.Success, Invocation.Program([.. line, "--network", "supervised"]).Code);
        Assert.Equal("supervised network", Assert.Single(ResultsFile.Read(made.In("joint/results.csv"))).Encoder);
        Assert.Equal(ExitCode.Success, Invocation.Program(line).Code); // beside it: a run's weights are another row
        Assert.Equal(2, ResultsFile.Read(made.In("joint/results.csv")).Count);
        var unknown = Invocation.Here([.. line, "--network", "superviced"]);
        Assert.Equal(ExitCode.Usage, unknown.Code);
        Assert.Contains("--network must be run, random-init or supervised; got 'superviced'", unknown.Error, StringComparison.Ordinal);
        var idle = Invocation.Here([.. line.Select(word => word == "fixmatch" ? "sgd-linear" : word), "--network", "run"]);
        Assert.Equal(ExitCode.Usage, idle.Code);
        Assert.Contains("--network changes nothing in sgd-linear; it is about pseudo-label", idle.Error, StringComparison.Ordinal);
    }

    /// <summary>4 grey PNG files in each of two classes, as train/ and test/.</summary>
    private string ClassFolders(string name)
    {
        foreach (var (part, label, number) in from part in new[] { "train", "test" }
                                              from label in new[] { "dark",
            "light" }
                                              from number in Enumerable.Range(0, 4)
                                              select (part, label, number))
        {
            var folder = Directory.CreateDirectory(made.In($"{name}/{part}/{label}")).FullName;
            var pixels = Enumerable.Range(0, 28 * 28).Select(i => (byte)((label == "dark" ? 40 : 180) + i * (number + 1) % 50));
            File.WriteAllBytes(Path.Combine(folder, $"{number}.png"), ImageFile.EncodePng(new(28, 28, 1, [.. pixels])));
        }
        return made.In(name);
    }

    [Fact]
    public void Evaluate_names_counts_and_leaves_out_what_it_cant_read()
    {
        var data = ClassFolders("damaged");
        File.WriteAllText(Path.Combine(data, "train/dark/1.png"), "no picture");
        File.WriteAllBytes(Path.Combine(data, "test/light/2.png"), File.ReadAllBytes(Path.Combine(data, "test/light/2.png"))[..60]);
        var result = Invocation.Program("evaluate", made.In("run"), data, "--protocol", "linear,pixels", "--labels", "2/class",
            "--draws", "1",
            "--out", made.In("damaged-evaluation"), "--json", made.In("damaged.json"));
        Assert.Equal(ExitCode.Success, result.Code);
        Assert.Contains($"left out {data}/train/dark/1.png: ", result.Error, StringComparison.Ordinal);
        Assert.Contains($"left out {data}/test/light/2.png: ", result.Error, StringComparison.Ordinal);
        Assert.Contains("1 of 8 labelled and 1 of 8 test images could not be read and were left out", result.Out,
            StringComparison.Ordinal);
        Assert.Contains("of 7 test images", result.Out, StringComparison.Ordinal);
        Assert.Contains("1 of 8 labelled and 1 of 8 test images", File.ReadAllText(made.In("damaged-evaluation/report.html")),
            StringComparison.Ordinal);
        var fields = JsonDocument.Parse(File.ReadAllText(made.In("damaged.json"))).RootElement;
        Assert.Equal((1, 1), (fields.GetProperty("skipped").GetInt32(), fields.GetProperty("skipped_test").GetInt32()));
    }

    [Theory]
    [InlineData("train", ExitCode.Failed, "No image of class 'dark'")]
    [InlineData("test", ExitCode.Success, "no test image of class 'dark' can be read")]
    public void A_class_without_one_readable_image_is_named(string part, int code, string expected)
    {
        var data = ClassFolders($"lost-{part}");
        foreach (var file in Directory.GetFiles(Path.Combine(data, part, "dark"))) File.WriteAllText(file, "");
        var result = Invocation.Program("evaluate", made.In("run"), data, "--labels", "2/class", "--draws", "1", "--out",
            made.In($"lost-{part}-evaluation"));
        Assert.Equal(code, result.Code);
        Assert.Contains(expected, result.Error, StringComparison.Ordinal);
        Assert.Contains($"{part}/dark/0.png", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_killed_evaluation_goes_on_with_what_it_had()
    {
        var results = made.In("killed/results.csv");
        string[] line = ["evaluate", made.In("run"), made.In("data"), "--protocol", "linear,neighbours", "--labels", "2/class,5/class",
            "--draws", "20", "--out", made.In("killed"), "--threads", "1"];
        using (var process = Process.Start(new ProcessStartInfo("dotnet",
            [Path.Combine(AppContext.BaseDirectory, "Foresee.Cli.dll"), .. line])
        { RedirectStandardOutput = true })!)
        {
            while (!process.HasExited && !File.Exists(results)) Thread.Sleep(5);
            Assert.False(process.HasExited, "The evaluation ended before it could be killed.");
            process.Kill(); // SIGKILL
            process.WaitForExit();
        }
        var before = ResultsFile.Read(results);
        Assert.InRange(before.Count, 1, 79);
        var result = Invocation.Program(line);
        Assert.Equal(ExitCode.Success, result.Code);
        Assert.Contains($"{before.Count} of 80 results are in {results} from an earlier start and are kept", result.Out,
            StringComparison.Ordinal);
        var after = ResultsFile.Read(results);
        Assert.Equal(80, after.Count);
        Assert.Equal(before, after.Take(before.Count)); // with their seconds: not measured again
        Assert.Equal(80 - before.Count, result.Out.Split('\n').Count(text => text.Contains(", draw ", StringComparison.Ordinal)));
    }

    [Fact]
    public void More_labels_than_a_class_has_are_refused_with_the_number_it_has()
    {
        var result = Invocation.Program("evaluate", made.In("run"), made.In("data"), "--labels", "21/class", "--out", made.In("too-many"));
        Assert.Equal(ExitCode.Failed, result.Code);
        Assert.Contains("20 labelled images", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Embed_writes_a_row_per_image_and_names_them()
    {
        var result = Invocation.Program("embed", made.In("run"), made.In("data"), "--out", made.In("features.npy"));
        Assert.Equal("", result.Error);
        Assert.Equal(ExitCode.Success, result.Code);
        using var scope = TensorScope.Begin();
        var features = NumpyFile.Read(made.In("features.npy"));
        Assert.Equal([40, 256], features.Shape);
        Assert.True(features.Variance(0).Sum().ToDouble() > 0, "all images have the same features");
        Assert.Equal(40, File.ReadAllLines(made.In("features.npy.txt")).Length);
    }

    [Fact]
    public void Row_k_is_line_k_also_with_a_line_break_in_a_file_name()
    {
        var folder = ClassFolders("broken-names");
        var odd = Path.Combine(folder, "train/dark/1\n2.png");
        File.Move(Path.Combine(folder, "train/dark/1.png"), odd);
        File.WriteAllText(Path.Combine(folder, "train/light/1\n3.png"), "no picture");
        var result = Invocation.Program("embed", made.In("run"), folder, "--out", made.In("odd.npy"));
        Assert.Equal(ExitCode.Success, result.Code);
        Assert.StartsWith($"warning: left out {folder}/train/light/1\\n3.png: ",
            Assert.Single(result.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries)), StringComparison.Ordinal);
        using var scope = TensorScope.Begin();
        var lines = File.ReadAllLines(made.In("odd.npy.txt"));
        Assert.Equal(NumpyFile.Read(made.In("odd.npy")).Size(0), lines.Length);
        var alone = Invocation.Program("embed", made.In("run"), odd, "--out", made.In("alone.npy"));
        Assert.Equal(ExitCode.Success, alone.Code);
        var row = Array.IndexOf(lines, JsonSerializer.Serialize(odd));
        var (all, one) = (NumpyFile.Read(made.In("odd.npy")).ToArray<float>(), NumpyFile.Read(made.In("alone.npy")).ToArray<float>());
        Assert.Equal(one, all[(row * one.Length)..((row + 1) * one.Length)], (a, b) => Math.Abs(a - b) < 1e-4);
    }

    [Theory]
    [InlineData("embed run data --out locked/features.npy", "locked/features.npy")]
    [InlineData("embed run data --out new.npy --json locked/x.json", "locked/x.json")]
    [InlineData("inspect run --json locked/x.json", "locked/x.json")]
    [InlineData("evaluate run data --labels 2/class --draws 1 --out new --json locked/x.json", "locked/x.json")]
    [InlineData("data check data --json locked/x.json", "locked/x.json")]
    [InlineData("doctor --json locked/x.json", "locked/x.json")]
    public void A_result_that_cant_be_written_is_named_before_the_work(string line, string expected)
    {
        Directory.CreateDirectory(made.In("locked"));
        var words = line.Split(' ').Select((word, i) =>
            i > 0 && (word.Contains('/', StringComparison.Ordinal) || word is "run" or "data" or "new" or "new.npy")
            && word != "2/class" ? made.In(word) : word);
        var program = string.Join(' ', words.Prepend(Path.Combine(AppContext.BaseDirectory, "Foresee.Cli.dll"))
            .Select(word => $"'{word}'"));
        // Read-only for root too, in a mount namespace of its own.
        var result = Invocation.Start("unshare", ["--map-root-user", "--mount", "sh", "-c",
            $"mount -t tmpfs -o ro none '{made.In("locked")}' && dotnet {program}"]);
        Assert.Equal((ExitCode.Failed, ""), (result.Code, result.Out));
        Assert.Contains($"Can't write {made.In(expected)}",
            Assert.Single(result.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries)), StringComparison.Ordinal);
    }

    [Fact]
    public void A_device_is_written_into_and_never_replaced()
    {
        var inspected = Invocation.Program("inspect", made.In("run"), "--json", "/dev/stdout");
        Assert.Equal(ExitCode.Success, inspected.Code);
        Assert.Contains("\"description\": {", inspected.Out, StringComparison.Ordinal);
        Assert.All(["/dev/null", "/proc/self/fd/1"], path => Assert.True(OutputFolder.IsDevice(new(path))));
        Assert.False(OutputFolder.IsDevice(new("/developer/x.json")));
        var embedded = Invocation.Program("embed", made.In("run"), made.In("data"), "--out", "/dev/null");
        Assert.Equal(ExitCode.Usage, embedded.Code);
        Assert.Contains("/dev/null is no ordinary file", embedded.Error, StringComparison.Ordinal);
        Assert.False(File.Exists("/dev/null.txt"));
    }

    [Fact]
    public void Each_command_prints_the_next_one_which_a_shell_takes_as_it_stands()
    {
        var launcher = Directory.CreateDirectory(made.In("fore see")).FullName + "/foresee";
        File.WriteAllText(launcher, $"#!/bin/sh\nexec dotnet '{Path.Combine(AppContext.BaseDirectory, "Foresee.Cli.dll")}' \"$@\"\n");
        Process.Start("chmod", ["+x", launcher])!.WaitForExit();
        var images = Directory.CreateDirectory(made.In("R&D's images")).FullName;
        foreach (var file in new DirectoryInfo(made.In("data")).GetFiles()) file.CopyTo(Path.Combine(images, file.Name));
        var (line, commands) = ($"'{launcher}' pretrain \"{images}\" --recipe fashion-mnist --images 32 "
            + $"--out \"{made.In("R&D's run")}\"", new List<string>());
        while (line is not null)
        {
            var result = Invocation.Start("sh", ["-c", line], ("FORESEE_LAUNCHER", launcher));
            Assert.Equal("", result.ErrorBesidesBudget);
            Assert.Equal(ExitCode.Success, result.Code);
            line = result.Out.Split('\n').SingleOrDefault(text => text.StartsWith("next: ", StringComparison.Ordinal))?["next: ".Length..];
            if (line is null) break;
            Assert.StartsWith($"'{launcher}' ", line, StringComparison.Ordinal);
            commands.Add(line[(launcher.Length + 3)..].Split(' ')[0]);
        }
        Assert.Equal(["evaluate", "embed", "inspect"], commands);
        Assert.True(File.Exists(made.In("R&D's run/evaluation/results.csv")));
        Assert.True(File.Exists(made.In("R&D's run/features.npy")));
    }

    [Fact]
    public void Images_of_16_bits_are_counted_and_said_once()
    {
        var images = Directory.CreateDirectory(made.In("deep")).FullName;
        foreach (var file in new[] { "stripes-grey-16.png", "stripes-rgb-16.png", "smooth.png" })
            File.Copy(Path.Combine(Invocation.Checkout(), "tests/fixtures/images", file), Path.Combine(images, file));
        var result = Invocation.Program("embed", made.In("run"), images, "--out", made.In("deep.npy"), "--json", made.In("deep.json"));
        Assert.Equal(ExitCode.Success, result.Code);
        Assert.Single(result.Out.Split('\n'), line => line.StartsWith("2 of 3 images have 16 bits per channel and were read as 8",
            StringComparison.Ordinal));
        Assert.Equal(2, JsonDocument.Parse(File.ReadAllText(made.In("deep.json"))).RootElement.GetProperty("sixteen_bit").GetInt32());
    }

    [Fact]
    public void Inspect_says_what_the_run_is_and_what_was_measured_wherever_below_it()
    {
        string[] line = ["evaluate", made.In("run"), made.In("data"), "--labels", "5/class", "--draws", "2"];
        Assert.Equal(ExitCode.Success, Invocation.Program([.. line, "--out", made.In("run/evaluation")]).Code);
        var result = Invocation.Program("inspect", made.In("run"), "--json", made.In("inspected.json"));
        Assert.Equal((ExitCode.Success, ""), (result.Code, result.Error));
        Assert.Contains("recipe     fashion-mnist", result.Out, StringComparison.Ordinal);
        Assert.Contains("40 images of", result.Out, StringComparison.Ordinal);
        Assert.Contains("state      finished", result.Out, StringComparison.Ordinal);
        Assert.Contains("progress   step ", result.Out, StringComparison.Ordinal);
        Assert.Contains("encoder    " + made.In("run/encoder.safetensors"), result.Out, StringComparison.Ordinal);
        var mean = ResultsFile.Read(made.In("run/evaluation/results.csv")).Average(row => row.Value);
        Assert.Contains(FormattableString.Invariant($"results    linear, 5/class: {mean:0.0} % ("), result.Out, StringComparison.Ordinal);
        Assert.Contains($"over 2 draws on {made.In("data")}, in {made.In("run/evaluation/results.csv")}", result.Out,
            StringComparison.Ordinal);
        var fields = JsonDocument.Parse(File.ReadAllText(made.In("inspected.json"))).RootElement;
        Assert.Equal(2, fields.GetProperty("results").GetInt32());
        Assert.Equal(mean, fields.GetProperty("measured")[0].GetProperty("mean").GetDouble(), 1e-9);
        Assert.Equal(JsonValueKind.Null, fields.GetProperty("resume").ValueKind);
    }

    [Fact]
    public void A_damaged_log_costs_the_report_its_curves_and_nothing_else()
    {
        foreach (var file in new DirectoryInfo(made.In("run")).GetFiles().Where(file => file.Name[0] != '.'))
            file.CopyTo(Path.Combine(Directory.CreateDirectory(made.In("damaged-log")).FullName, file.Name));
        File.WriteAllText(made.In("damaged-log/metrics.jsonl"), "no JSON\n{}\n");
        var result = Invocation.Program("evaluate", made.In("damaged-log"), made.In("data"), "--labels", "5/class", "--draws", "1", "--out",
            made.In("damaged-log/evaluation"));
        Assert.Equal(ExitCode.Success, result.Code);
        var warning = Assert.Single(result.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.StartsWith("warning: the report does without the curves of the pretraining. Line 1 of ", warning, StringComparison.Ordinal);
        Assert.True(File.Exists(made.In("damaged-log/evaluation/report.html")));
        var inspected = Invocation.Program("inspect", made.In("damaged-log"));
        Assert.Equal(ExitCode.Success, inspected.Code);
        Assert.Contains("Line 1 of ", inspected.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("pretrain none --out x")]
    [InlineData("pretrain data --probe none --recipe fashion-mnist --out x")]
    [InlineData("evaluate none data --labels 2/class --out x")]
    [InlineData("evaluate none absent --labels 2/class --out x")]                           // what is typed first is told first
    [InlineData("evaluate run none --labels 2/class --out x")]
    [InlineData("evaluate run data --test none --labels 2/class --out x")]
    [InlineData("evaluate run data --protocol supervised --tuned none --labels 2/class --out x")]
    [InlineData("ablation none --labelled data --labels 2/class --images 32 --out x")]
    [InlineData("ablation data --labelled none --labels 2/class --images 32 --out x")]
    [InlineData("embed none data --out x.npy")]
    [InlineData("embed none absent --out x.npy")]
    [InlineData("embed run none --out x.npy")]
    [InlineData("inspect none")]
    [InlineData("data check none")]
    [InlineData("data check data --test none")]
    public void What_is_named_and_is_not_there_is_refused_by_every_command_alike(string line)
    {
        var result = Invocation.Program([.. line.Split(' ').Select((word, i) =>
            i > 0 && (word is "none" or "absent" or "data" or "run" or "x" or "x.npy") ? made.In(word) : word)]);
        Assert.Equal((ExitCode.Usage, ""), (result.Code, result.Out));
        Assert.Contains(made.In("none"), Assert.Single(result.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries)),
            StringComparison.Ordinal);
        Assert.False(Directory.Exists(made.In("x")));
    }

    [Theory]
    [InlineData("inspect", "data")]
    [InlineData("evaluate", "data")]
    [InlineData("embed", "data")]
    public void A_folder_that_is_no_run_is_one_clear_line(string command, string folder)
    {
        string[] rest = command switch
        {
            "evaluate" => [made.In("data"), "--labels", "2/class", "--out", made.In("x")],
            "embed" => [made.In("data"), "--out", made.In("x.npy")],
            _ => [],
        };
        var result = Invocation.Program([command, made.In(folder), .. rest]);
        Assert.Equal(ExitCode.Usage, result.Code);
        Assert.Contains("holds no run (no run.json); name the folder that pretrain wrote",
            Assert.Single(result.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries)), StringComparison.Ordinal);
    }
}
