using Foresee.Encoders;
using Foresee.Evaluation;
using Foresee.Evaluation.Protocols;
using Foresee.Images;
using Foresee.Labels;
using Foresee.Methods;
using Foresee.Recipes;
using Foresee.Reports;
using Foresee.Studies;
using Foresee.Tests.Evaluation;
using Foresee.Tests.Reports;
using Foresee.Torch;
using Foresee.Training;

namespace Foresee.Tests.Studies;

/// <summary>Bands of 16 px: the supervised baseline, a closed form, a method with steps, an encoder, and a file that is none.</summary>
public sealed class StartStudyTests : IDisposable
{
    private const int Side = 16, Train = 90, Test = 60;

    private static readonly Recipe Recipe = new("bands", "", "kmeans", images => new("bands", images.Count, Input),
        data => new("bands/kmeans", data.Input,
            new KMeansFeaturesOptions(new KMeansEncoderOptions(Centroids: 16) { Patches = 2000, Rounds = 3 }),
            new() { Budget = new(Images: 8), BatchSize = 8 }));

    private static readonly TunedBaseline Tuned = new("bands", new()
    {
        [5] = new(Width: 4, Steps: 20, BatchSize: 10) { Augmentation = WholeImageAugmentation.None },
    });

    private readonly TemporaryFolder folder = new();

    private static InputFormat Input => new(Side, Side, 1) { Mean = [0.4], Std = [0.3] };

    public StartStudyTests()
    {
        Directory.CreateDirectory(folder.File("encoder"));
        SmallEncoder.Write(folder.File("encoder"), Side);
        File.WriteAllText(folder.File("broken.safetensors"), "no weights");
    }

    public void Dispose() => folder.Dispose();

    private StartStudyPlan Plan => new(
        [
            new PixelStart(), new MethodStart("kmeans", "kmeans"), new MissingStart("far", "it is not here"),
            new WeightsStart("broken", folder.File("broken.safetensors")), new MethodStart("simsiam", "simsiam"),
            new WeightsStart("weights", folder.File("encoder"), "of a test"),
        ], Recipe, Input, new(Images: 180), [new(3, LabelUnit.PerClass), new(5, LabelUnit.PerClass)])
    {
        Threads = 1,
        Device = Device.Cpu,
        Protocols = [new Linear(), new NearestClassMean()],
        Tuned = Tuned,
    };

    private StudyContext Context(string name, int turn = 0)
    {
        var (train, test) = (Bands.Of(Train), Bands.Of(Test));
        test = test with { Labels = [.. test.Labels.Select(label => (label + turn) % 3)] };
        return new(train.Images, new(train, test), folder.File(name), "foresee compare bands", "c0ffee", "test");
    }

    /// <summary>What a study tells, and a stop at the n-th new result.</summary>
    private sealed class View(CancellationTokenSource? stop = null, int after = 0) : IStudyView
    {
        public List<string> Begun { get; } = [];
        public List<EvaluationResult> Rows { get; } = [];
        public int Pretrainings { get; private set; }

        public void Begins(StudyProgress progress) => Begun.Add(progress.Name);

        public Foresee.Runs.PretrainResult Pretraining(PretrainOptions? options, string folder,
            Func<Action<StepRecord>, Action<string>, Foresee.Runs.PretrainResult> work)
        {
            Pretrainings++;
            return work(_ => { }, _ => { });
        }

        public void Measured(EvaluationResult row)
        {
            Rows.Add(row);
            if (Rows.Count == after) stop!.Cancel();
        }
    }

    [Fact]
    public void Every_start_is_measured_on_the_same_draws_and_one_that_fails_is_a_row_with_its_reason()
    {
        var view = new View();
        var starts = StartStudy.Run(Plan, Context("a"), view, default);
        Assert.Equal(["none", "kmeans", "far", "broken", "simsiam", "weights"], starts.Select(start => start.Name));
        Assert.Equal(view.Begun, starts.Select(start => start.Name));
        Assert.Equal("it is not here", starts[2].Reason);
        Assert.Contains("broken.safetensors", starts[3].Reason, StringComparison.Ordinal);
        foreach (var start in starts.Where(start => start.Reason is null))
        {
            Assert.Equal(["3/class", "5/class"], start.Chosen.Keys);
            foreach (var (labels, protocol) in start.Chosen)
                Assert.Equal([0, 1, 2], from row in start.Results
                                        where (row.Labels, row.Protocol) == (labels, protocol)
                                        select row.Draw);
        }
        Assert.Equal(["supervised"], starts[0].Results.Select(row => row.Protocol).Distinct());
        Assert.Equal(["linear", "nearest-class-mean"], starts[1].Results.Select(row => row.Protocol).Distinct());
        Assert.Equal((Train, 180), (starts[1].Images, starts[4].Images)); // a closed form has looked at all, the other at its budget
        Assert.Equal(["of a test"], starts[5].Remarks);

        var table = StartComparison.From(starts);
        Assert.Equal(["far", "broken"], table.Rows.TakeLast(2).Select(row => row.Start.Name));
        Assert.Equal(table.Rows.Take(4).Select(row => row.Points[0].Top1.Mean).OrderDescending(),
            table.Rows.Take(4).Select(row => row.Points[0].Top1.Mean));
        Assert.All(table.Amounts, labels =>
            Assert.Equal(1, table.Rows.Take(4).Sum(row => StartComparison.PointOf(row, labels)!.Probability!.Value), 1e-6));

        var lines = File.ReadAllLines(Path.Combine(folder.File("a"), StartsFile.FileName));
        Assert.Equal(StartsFile.Header, lines[0]);
        Assert.Equal(1 + 6 + 3 * 12 + 2, lines.Length);
        Assert.All(lines.Skip(1), line => Assert.Contains(",c0ffee,", line + (line.Contains("not here", StringComparison.Ordinal)
            ? ",c0ffee," : ""), StringComparison.Ordinal));
    }

    [Fact]
    public void Stopped_and_called_again_it_goes_on_and_ends_as_if_never_stopped()
    {
        var whole = StartStudy.Run(Plan, Context("whole"), new View(), default);
        using var stop = new CancellationTokenSource();
        var first = new View(stop, after: 10); // of none there are 6 results, the others of kmeans
        Assert.ThrowsAny<OperationCanceledException>(() => StartStudy.Run(Plan, Context("b"), first, stop.Token));
        Assert.Equal(["none", "kmeans"], first.Begun);
        var encoder = File.ReadAllBytes(Path.Combine(folder.File("b"), "kmeans", EncoderFile.FileName));

        var second = new View();
        var resumed = StartStudy.Run(Plan, Context("b"), second, default);
        Assert.Equal(1, second.Pretrainings); // simsiam's
        Assert.Equal(encoder, File.ReadAllBytes(Path.Combine(folder.File("b"), "kmeans", EncoderFile.FileName)));
        Assert.Equal(42 - first.Rows.Count, second.Rows.Count);
        static IEnumerable<object> Told(IReadOnlyList<StartMeasurement> starts) => starts.SelectMany(start =>
            start.Results.Select(row => (object)(row with { Seconds = 0 })).Concat(start.Chosen.Select(chosen => (object)chosen)));
        Assert.Equal(Told(whole), Told(resumed));

        var third = new View();
        StartStudy.Run(Plan, Context("b"), third, default);
        Assert.Equal((0, 0), (third.Pretrainings, third.Rows.Count)); // all is there
    }

    [Fact]
    public void The_images_that_are_measured_have_no_say_in_the_choice_of_the_protocol()
    {
        var plan = Plan with { Starts = [new MethodStart("kmeans", "kmeans")] };
        var (right, wrong) = (StartStudy.Run(plan, Context("right"), new View(), default)[0],
            StartStudy.Run(plan, Context("wrong", turn: 1), new View(), default)[0]);
        Assert.Equal(right.Chosen, wrong.Chosen);
        Assert.NotEqual(right.Results.Select(row => row.Value), wrong.Results.Select(row => row.Value));
        var choice = ResultsFile.Read(Path.Combine(folder.File("right"), "kmeans", "choice.csv"));
        Assert.All(right.Chosen, chosen => Assert.Equal(chosen.Value,
            choice.Where(row => row.Labels == chosen.Key).MaxBy(row => row.Value)!.Protocol));
    }

    [Fact]
    public void Fine_tuning_is_left_out_where_it_would_take_too_long_and_the_row_says_so()
    {
        var plan = Plan with
        {
            Starts = [new WeightsStart("weights", folder.File("encoder"))],
            Protocols = [new Linear(), new FineTuned(), new SemiSupervised()],
            FineTuneMinutes = 1e-9,
        };
        var start = StartStudy.Run(plan, Context("c"), new View(), default)[0];
        Assert.Equal(["linear"], start.Results.Select(row => row.Protocol).Distinct());
        Assert.Collection(start.Remarks,
            remark => Assert.StartsWith("fine-tuned left out: about ", remark, StringComparison.Ordinal),
            remark => Assert.StartsWith("semi-supervised left out: about ", remark, StringComparison.Ordinal));
    }

    [Fact]
    public void Advice_follows_channels_and_what_the_weights_have_seen()
    {
        static string First(int channels, string? leak = null) =>
            QuickLook.Advice(new("folder", 9, new(Side, Side, channels)), leak)[0];
        Assert.StartsWith("imagenet-resnet18: on colour", First(3), StringComparison.Ordinal);
        Assert.StartsWith("imagenet-resnet18 as one start among others", First(1), StringComparison.Ordinal);
        Assert.StartsWith("own images only", First(4), StringComparison.Ordinal);
        Assert.Equal("no pretrained weights: they know the labels", First(3, "they know the labels"));
    }

    [Fact]
    public void A_folder_keeps_one_budget_and_its_images()
    {
        var plan = Plan with { Starts = [new PixelStart()] };
        StartStudy.Run(plan, Context("d"), new View(), default);
        var other = Assert.Throws<InvalidDataException>(() =>
            StartStudy.Run(plan with { Budget = new(Minutes: 2), Seed = 1 }, Context("d"), new View(), default));
        Assert.Contains("180 images and seed 0", other.Message, StringComparison.Ordinal);
        Assert.Contains("2 minutes and seed 1", other.Message, StringComparison.Ordinal);
    }
}
