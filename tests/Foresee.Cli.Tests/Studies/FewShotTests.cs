using Foresee.Encoders;
using Foresee.Images;
using Foresee.Reports;
using Foresee.Studies.FewShot;

namespace Foresee.Cli.Tests;

public sealed class FewShotTests(FewShotTests.Made made) : IClassFixture<FewShotTests.Made>
{
    private const int Side = 24;

    public sealed class Made : IDisposable
    {
        public Made()
        {
            foreach (var (folder, first, count) in new[] { ("known", 2, 4), ("new", 6, 3) })
                for (var period = first; period < first + count; period++)
                    for (var i = 0; i < 12; i++) Draw($"{folder}/stripes-{period}/{i:00}.png", period, i);
            foreach (var run in new[] { "run01", "run02" })
            {
                for (var i = 1; i <= 2; i++)
                    foreach (var part in new[] { "test/item", "training/class" }) Draw($"runs/{run}/{part}0{i}.png", 3 * i, i);
                File.WriteAllText(In($"runs/{run}/class_labels.txt"), $"{run}/test/item01.png {run}/training/class01.png\n"
                    + $"{run}/test/item02.png {run}/training/class02.png\n");
            }
        }

        /// <summary>Black stripes on white.</summary>
        private void Draw(string name, int period, int shift)
        {
            byte[] pixels = [.. Enumerable.Range(0, Side * Side).Select(p => (byte)((p % Side + shift) % period * 2 < period ? 255 : 0))];
            Directory.CreateDirectory(Path.GetDirectoryName(In(name))!);
            File.WriteAllBytes(In(name), ImageFile.EncodePng(new(Side, Side, 1, pixels)));
        }

        public string Folder { get; } = Directory.CreateTempSubdirectory("foresee-fewshot-").FullName;
        public string In(string name) => Path.Combine(Folder, name);
        public void Dispose() => Directory.Delete(Folder, recursive: true);
    }

    private string[] Line(string images, string output, params string[] more) =>
        ["fewshot", made.In(images), "--out", made.In(output), "--threads", "1", "--ways", "3", "--queries", "4", "--episodes", "20", .. more];

    [Fact]
    public void An_encoder_learns_from_episodes_is_measured_kept_and_asked_again()
    {
        var result = Invocation.Program(Line("new", "learnt", "--learn", made.In("known"), "--steps", "20", "--shots", "1,3"));
        Assert.Equal((ExitCode.Success, ""), (result.Code, result.Error));
        Assert.Contains("prototypes, 3 ways, 1/class: ", result.Out, StringComparison.Ordinal);
        Assert.Contains("(chance 33.3 %, 20 episodes)", result.Out, StringComparison.Ordinal);
        var rows = ResultsFile.Read(made.In("learnt/results.csv"));
        Assert.Equal(["top1", FewShotOutcome.HalfWidth, "top1", FewShotOutcome.HalfWidth], rows.Select(row => row.Metric));
        Assert.Equal(["1/class", "1/class", "3/class", "3/class"], rows.Select(row => row.Labels));
        Assert.Contains("learnt before and kept", Invocation.Program(Line("new", "learnt", "--learn", made.In("known"), "--steps", "20",
            "--shots", "1,3")).Out, StringComparison.Ordinal);
        Assert.Equal(rows, ResultsFile.Read(made.In("learnt/results.csv")));

        result = Invocation.Program(Line("new", "asked", "--encoder", Path.Combine(made.In("learnt"), EncoderFile.FileName)));
        Assert.Equal((ExitCode.Success, ""), (result.Code, result.Error));
        Assert.Contains("matching, 3 ways, 5/class: ", result.Out, StringComparison.Ordinal);
    }

    [Fact]
    public void One_shot_runs_are_known_by_their_layout_and_compared_with_the_published_baseline()
    {
        var result = Invocation.Program("fewshot", made.In("runs"), "--out", made.In("oneshot"));
        Assert.Equal((ExitCode.Success, ""), (result.Code, result.Error));
        Assert.Contains("hausdorff: 0 of 4 wrong, 0.0 % error; by run 0 0", result.Out, StringComparison.Ordinal);
        Assert.Equal(100, Assert.Single(ResultsFile.Read(made.In("oneshot/results.csv"))).Value);
    }

    [Fact]
    public void What_can_not_be_asked_is_told_before_any_work()
    {
        string Told(params string[] line)
        {
            var result = Invocation.Here(line);
            Assert.Equal(ExitCode.Usage, result.Code);
            return result.Error;
        }
        Assert.Contains("Nothing is there to measure", Told(Line("new", "none")), StringComparison.Ordinal);
        Assert.Contains("share the classes stripes-2", Told(Line("known", "same", "--learn", made.In("known"))), StringComparison.Ordinal);
        Assert.Contains("An encoder learns for one --head", Told(Line("new", "two", "--learn", made.In("known"), "--head",
            "matching,prototypes")), StringComparison.Ordinal);
        Assert.Contains("--head must be some of prototypes or matching, with commas between them; got 'means'",
            Told(Line("new", "odd", "--head", "means")), StringComparison.Ordinal);
        Assert.Contains("--shots must be rising whole numbers", Told(Line("new", "odd", "--shots", "5,1")), StringComparison.Ordinal);
    }

    [Fact]
    public void Too_few_images_for_an_episode_are_counted()
    {
        var result = Invocation.Program(Line("new", "few", "--shots", "30", "--learn", made.In("known"), "--steps", "1"));
        Assert.Equal(ExitCode.Usage, result.Code);
        Assert.Contains("0 of 4 classes have 35 or more", result.Error, StringComparison.Ordinal);
    }
}
