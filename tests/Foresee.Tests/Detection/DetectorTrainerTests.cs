using System.Xml.Linq;
using Foresee.Detection;
using Foresee.Reports;
using Foresee.Tests.Images;
using Foresee.Torch;

namespace Foresee.Tests.Detection;

public sealed class DetectorTrainerTests : IDisposable
{
    private static readonly DetectorTrainingOptions Options = new()
    {
        Detector = MadeCells.Options(),
        Epochs = 30,
        LearningRate = 0.02,
        WarmUpSteps = 10,
        LogEvery = 5,
        Schedule = DetectorSchedule.OneCycle,
    };

    private readonly Scratch scratch = new();

    public void Dispose() => scratch.Dispose();

    private static Detector Make(ulong seed = 1)
    {
        using var generator = new Generator(seed);
        return new(MadeCells.Options(), MadeCells.Classes, MadeCells.Encoder(generator), generator);
    }

    [Fact]
    public void It_finds_the_squares_of_ten_images_again_and_leaves_no_tensor_behind()
    {
        var images = MadeCells.Write(scratch, 10);
        using var detector = Make();
        var before = LivingTensors.Settled();
        var steps = new List<DetectorStep>();
        using (var trainer = new DetectorTrainer(detector, images, Options, Folder("run"), Device.Cpu) { OnStep = steps.Add })
            Assert.True(trainer.Run(default));
        Assert.Equal(before, LivingTensors.Settled());
        Assert.True(steps[^1].Loss < 0.5 * steps[0].Loss, $"{steps[0].Loss} -> {steps[^1].Loss}");
        using var read = DetectorFile.Read(scratch.At("run"));
        var found = DetectorUse.Find(read, images.Images, Device.Cpu);
        var score = DetectionScore.Of(images.Images, found, read.Classes);
        Assert.InRange(score.Area, 0.8, 1);
        Assert.Null(DetectorFile.Unfinished(scratch.At("run/detector.safetensors")));

        // What people look at is well-formed.
        var picture = XDocument.Parse(BoxPicture.Render(images.Images[0], found[0], read.Classes, 0.5));
        Assert.Contains("blue", picture.Root!.Value, StringComparison.Ordinal);
        Assert.Equal(2, picture.Descendants().Count(e => e.Attribute("class")?.Value == "true"));
        Assert.Equal(2, XDocument.Parse(PrecisionPlot.Render(score, "cells <1>")).Descendants()
            .Count(e => e.Attribute("class")?.Value.StartsWith("line", StringComparison.Ordinal) == true));
    }

    [Fact]
    public void A_training_that_was_stopped_goes_on_as_if_it_had_not_been()
    {
        var images = MadeCells.Write(scratch, 5);
        var options = Options with { Epochs = 8, LogEvery = 1 };
        DetectorContext Context(string folder) => new(scratch.At(folder), Device.Cpu, DType.Float32, "test", null, "none");
        using (var detector = Make()) Assert.True(DetectorRun.Begin(detector, images, options, "none", Context("whole"), null, default));
        using var stop = new CancellationTokenSource();
        using (var detector = Make())
            Assert.False(DetectorRun.Begin(detector, images, options, "none", Context("stopped"), step =>
            {
                if (step.Step == 4) stop.Cancel();
            }, stop.Token));
        Assert.Equal("4 of 10", DetectorFile.Unfinished(scratch.At("stopped/detector.safetensors")));
        Assert.True(DetectorRun.Resume(images, Context("stopped"), null, default));
        Assert.Equal(File.ReadAllBytes(scratch.At("whole/detector.safetensors")), File.ReadAllBytes(scratch.At("stopped/detector.safetensors")));
        double[] Losses(string folder) => [.. MetricsLog.Read(scratch.At($"{folder}/metrics.jsonl")).Select(entry => entry.Loss)];
        Assert.Equal(Losses("whole"), Losses("stopped"));

        Assert.Contains("already holds a training", Assert.Throws<IOException>(() =>
        {
            using var detector = Make();
            DetectorRun.Begin(detector, images, options, "none", Context("whole"), null, default);
        }).Message, StringComparison.Ordinal);
        var others = images with { Images = [.. images.Images.Skip(1)] };
        Assert.Contains("was started on other images or boxes", Assert.Throws<InvalidDataException>(() =>
            DetectorRun.Resume(others, Context("stopped"), null, default)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_frozen_stays_to_the_last_bit_and_the_rest_learns()
    {
        var images = MadeCells.Write(scratch, 4);
        foreach (var (frozen, stem) in new[] { (true, false), (false, true), (false, false) })
        {
            using var detector = Make();
            var before = detector.State().ToDictionary(t => t.Name, t => t.Value.ToArray<float>());
            var options = Options with { Epochs = 3, Frozen = frozen, FrozenStem = stem, FrozenNorms = true };
            using (var trainer = new DetectorTrainer(detector, images, options, Folder($"{frozen}{stem}"), Device.Cpu)) trainer.Run(default);
            var changed = detector.State().Where(t => !t.Value.ToArray<float>().SequenceEqual(before[t.Name])).Select(t => t.Name)
                .ToHashSet();
            Assert.DoesNotContain(changed, name => name.Contains(".bn", StringComparison.Ordinal));
            Assert.Contains("regions.classes.weight", changed);
            Assert.Contains("maps.lateral3.weight", changed);
            Assert.Equal(!frozen, changed.Contains("maps.encoder.layer2.0.conv1.weight"));
            Assert.Equal(!frozen && !stem, changed.Contains("maps.encoder.layer1.0.conv1.weight"));
        }
    }

    [Fact]
    public void Contradictions_are_told_at_once()
    {
        var message = Assert.Throws<ArgumentException>(() => (Options with { Epochs = 0, Frozen = true, ZoomFrom = 3 }).Validate()).Message;
        Assert.Contains("epochs must be above 0", message, StringComparison.Ordinal);
        Assert.Contains("frozen layers need frozen norms", message, StringComparison.Ordinal);
        Assert.Contains("zooms must lie in", message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_rate_warms_up_and_falls_twice()
    {
        var schedule = new DetectorTrainingOptions().ScheduleOf(1000);
        Assert.Equal(1e-5, schedule.At(0), 1e-9);
        Assert.Equal([0.01, 0.01, 0.001, 0.0001], new long[] { 100, 699, 700, 900 }.Select(schedule.At), new Within(1e-9));
    }

    private string Folder(string name) => Directory.CreateDirectory(scratch.At(name)).FullName;

    private sealed class Within(double tolerance) : IEqualityComparer<double>
    {
        public bool Equals(double a, double b) => Math.Abs(a - b) <= tolerance;

        public int GetHashCode(double value) => 0;
    }
}
