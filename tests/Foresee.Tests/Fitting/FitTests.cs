using Foresee.Encoders;
using Foresee.Evaluation;
using Foresee.Evaluation.Protocols;
using Foresee.Fitting;
using Foresee.Images;
using Foresee.Labels;
using Foresee.Methods;
using Foresee.Recipes;
using Foresee.Runs;
using Foresee.Studies;
using Foresee.Tests.Evaluation;
using Foresee.Tests.Reports;
using Foresee.Torch;
using Foresee.Training;

namespace Foresee.Tests.Fitting;

/// <summary>Bands of 16 px, of which some have labels: the baseline, a closed form, a method with steps, an encoder.</summary>
public sealed class FitTests : IDisposable
{
    private const int Side = 16, All = 330;

    private static readonly Recipe Recipe = new("bands", "", "kmeans", images => new("bands", images.Count, Input),
        data => new("bands/kmeans", data.Input,
            new KMeansFeaturesOptions(new KMeansEncoderOptions(Centroids: 16) { Patches = 2000, Rounds = 3 }),
            new() { Budget = new(Images: 8), BatchSize = 8 }));

    private static readonly TunedBaseline Tuned = new("bands", new()
    {
        [5] = new(Width: 4, Steps: 20, BatchSize: 10) { Augmentation = WholeImageAugmentation.None },
    });

    private readonly TemporaryFolder folder = new();
    private readonly KeptModel written = new();

    private static InputFormat Input => new(Side, Side, 1) { Mean = [0.4], Std = [0.3] };

    public FitTests()
    {
        Directory.CreateDirectory(folder.File("encoder"));
        SmallEncoder.Write(folder.File("encoder"), Side);
    }

    public void Dispose()
    {
        written.Dispose();
        folder.Dispose();
    }

    private FitOptions Options => new(
        [
            new PixelStart(), new MethodStart("kmeans", "kmeans"), new MissingStart("far", "it is not here"),
            new MethodStart("simsiam", "simsiam"), new WeightsStart("weights", folder.File("encoder")),
        ], Recipe)
    {
        Threads = 1,
        Device = Device.Cpu,
        Pretraining = new(Images: 180),
        Protocols = [new Linear(), new SelfTrained()],
        Tuned = Tuned,
    };

    /// <summary>The first images of all, a third of each class.</summary>
    private FitContext Context(string name, int labels = 30, Func<int, int>? label = null)
    {
        var all = Bands.Of(All);
        var labelled = all.Only([.. Enumerable.Range(0, labels)], "labelled");
        if (label is not null) labelled = labelled with { Labels = [.. Enumerable.Range(0, labels).Select(label)] };
        return new(all.Images, labelled, folder.File(name), "foresee fit bands", "c0ffee", "test");
    }

    /// <summary>What a model was written with.</summary>
    private sealed class KeptModel : IModelWriter, IDisposable
    {
        public List<FitResult> Models { get; } = [];

        public void Write(FitResult model, FitContext context) => Models.Add(model);

        public void Dispose()
        {
            foreach (var model in Models) model.Classifier.Dispose();
        }
    }

    /// <summary>What a fit tells, and a stop at the n-th fold, or in the pretraining.</summary>
    private sealed class View(CancellationTokenSource? stop = null, int after = 0, string? inside = null) : IFitView
    {
        public const string Deadline = "its share of the time is over";

        public List<FoldScore> Scored { get; } = [];
        public List<string> Told { get; } = [];
        public List<string> Warned { get; } = [];
        public List<string> Pretrained { get; } = [];

        public void Tell(string sentence) => Told.Add(sentence);
        public void Warn(string sentence) => Warned.Add(sentence);

        void IFitView.Scored(FoldScore fold, int of, double accuracy)
        {
            Scored.Add(fold);
            if (Scored.Count == after) stop!.Cancel();
        }

        public PretrainResult Pretraining(PretrainOptions? options, string folder, Func<Action<StepRecord>, Action<string>,
            PretrainResult> work)
        {
            Pretrained.Add(Path.GetFileName(folder));
            if (inside == Deadline) throw new OperationCanceledException(); // as hashing the images does
            return work(step =>
            {
                if (inside == "step" && step.Step >= 10) stop!.Cancel();
            }, doing =>
            {
                if (inside is not null && doing.Contains(inside, StringComparison.Ordinal)) stop!.Cancel();
            });
        }
    }

    private FitResult Fit(string name, View? view = null, FitOptions? options = null, FitContext? context = null,
        CancellationToken cancel = default) =>
        Foresee.Fitting.Fit.Run(options ?? Options, context ?? Context(name), written, view ?? new View(), cancel);

    private static float[] Predicted(FitResult model)
    {
        using var scope = TensorScope.Begin();
        return model.Classifier.Probabilities(ImageTensors.Read(Bands.Of(All).Images, [.. Enumerable.Range(200, 50)],
            model.Classifier.Input)).ToArray<float>();
    }

    [Fact]
    public void Every_start_and_protocol_is_scored_on_the_same_folds_and_the_best_learns_from_all_labels()
    {
        var view = new View();
        var model = Fit("a", view);
        Assert.Same(model, Assert.Single(written.Models));
        Assert.Equal(["kmeans", "none", "simsiam", "weights"], model.Standings.Select(s => s.Candidate.Start).Distinct().Order());
        Assert.Equal(7, model.Standings.Count);
        Assert.Equal(new LeftOut("far", null, "it is not here"), Assert.Single(model.LeftOut, left => left.Start == "far"));
        foreach (var folds in view.Scored.GroupBy(fold => fold.Candidate).Where(group => group.Key.Kind != StartKind.Pixels))
            Assert.Equal(Enumerable.Range(0, 30), folds.SelectMany(fold => fold.Held).Order());
        foreach (var same in view.Scored.GroupBy(fold => fold.Fold))
            Assert.All(same, fold => Assert.Equal(same.First().Held, fold.Held));

        var best = model.Standings.Max(standing => standing.Accuracy!.Value.Mean);
        Assert.True(model.Accuracy!.Value.Mean >= best - 10, $"{model.Accuracy} of {best}");
        Assert.Equal(30, model.Held!.Labels.Length);
        Assert.Equal(30, model.Classifier.Description.Provenance.Labels);
        var usual = UsualTemperature.Of(model.Chosen.Kind, model.Chosen.Protocol.Name);
        Assert.InRange(model.Temperature, usual.Centre / 2, usual.Centre * 2); // 30 images can't tell another far away
        Assert.Equal(30, model.Held.ConformalScores().Length);
        Assert.Equal(All, model.References.Names.Count);
        Assert.Equal([.. Bands.Of(30).Labels, .. Enumerable.Repeat(-1, All - 30)], model.References.Labels);
        Assert.NotNull(model.References.Threshold);
        var right = Bands.Of(All).Labels.Skip(200).Take(50).Zip(Predicted(model).Chunk(3), (label, row) => label == Array.IndexOf(row,
            row.Max())).Count(r => r);
        Assert.True(right >= 45, $"{right} of 50");
        Assert.Contains("chosen: ", Assert.Single(view.Told, told => told.StartsWith("chosen", StringComparison.Ordinal)),
            StringComparison.Ordinal);
    }

    public static TheoryData<int, string?> Stops => new() { { 1, null }, { 6, null }, { 13, null }, { 0, "step" }, { 0, "measuring" } };

    [Theory]
    [MemberData(nameof(Stops))]
    public void Stopped_at_any_stage_the_same_call_goes_on_and_ends_as_if_never_stopped(int after, string? inside)
    {
        var options = Options with { Folds = 3, Starts = [.. Options.Starts.Where(start => start is PixelStart or MethodStart)] };
        var whole = Fit("whole", null, options);
        using var stop = new CancellationTokenSource();
        var first = new View(stop, after, inside);
        Assert.ThrowsAny<OperationCanceledException>(() => Fit("stopped", first, options, cancel: stop.Token));
        Assert.Single(written.Models); // nothing half-made
        var second = new View();
        var model = Fit("stopped", second, options);
        Assert.Equal(whole.Chosen, model.Chosen);
        Assert.Equal(Predicted(whole), Predicted(model));
        Assert.Equal(whole.Standings.Select(s => s with { Seconds = 0 }), model.Standings.Select(s => s with { Seconds = 0 }));
        Assert.Empty(first.Scored.Select(Key).Intersect(second.Scored.Select(Key))); // no fold twice

        var third = new View();
        Fit("stopped", third, options);
        Assert.Empty(third.Scored);
        Assert.Empty(third.Pretrained);

        static (string, int) Key(FoldScore fold) => (fold.Candidate.ToString(), fold.Fold);
    }

    [Fact]
    public void A_start_whose_time_is_over_before_it_begins_is_left_out_and_the_others_make_a_model()
    {
        var options = Options with { Starts = [new PixelStart(), new MethodStart("kmeans", "kmeans")], Minutes = 10 };
        var model = Fit("late", new View(inside: View.Deadline), options);
        Assert.Contains("its share of the time", Assert.Single(model.LeftOut, left => left.Start == "kmeans").Reason, StringComparison.Ordinal);
        Assert.Equal("none", model.Chosen.Start);
    }

    [Fact]
    public void More_labels_keep_runs_and_features_and_are_scored_anew()
    {
        Fit("more", context: Context("more", labels: 18));
        var before = Directory.GetFiles(Path.Combine(folder.File("more"), "work", "features"), "*", SearchOption.AllDirectories);
        var view = new View();
        var model = Fit("more", view, context: Context("more", labels: 30));
        Assert.Empty(view.Pretrained);
        Assert.Equal(5 * 7, view.Scored.Count);
        Assert.Equal(before, Directory.GetFiles(Path.Combine(folder.File("more"), "work", "features"), "*", SearchOption.AllDirectories));
        Assert.Equal(30, model.Classifier.Description.Provenance.Labels);
    }

    [Fact]
    public void The_label_of_an_image_that_is_held_out_has_no_say_in_its_prediction()
    {
        // Neighbours 3p and 3p + 1 in one fold change their labels with each other: each takes the other's place in its class, and so
        // the folds stay as they are.
        int[] labels = [.. Enumerable.Range(0, 30).Select(image => image % 3)];
        var (seed, fold, p) = (from s in Enumerable.Range(0, 9)
                               from f in Enumerable.Range(0, 5)
                               from place in Enumerable.Range(0, 10)
                               let held = Folds.Of(labels, s).Held(f)
                               where held.Contains(3 * place) && held.Contains(3 * place + 1)
                               select (s, f, place)).First();
        int[] turned = [.. labels.Select((label, image) => image == 3 * p ? 1 : image == 3 * p + 1 ? 0 : label)];
        Assert.Equal(Folds.Of(labels, seed).Held(fold), Folds.Of(turned, seed).Held(fold));

        var options = Options with { Seed = seed, Starts = [new PixelStart(), new WeightsStart("weights", folder.File("encoder"))] };
        var (right, wrong) = (new View(), new View());
        Fit("right", right, options);
        Fit("wrong", wrong, options, Context("wrong", label: image => turned[image]));
        foreach (var one in right.Scored.Where(score => score.Fold == fold))
            Assert.Equal(one.Probabilities,
                wrong.Scored.Single(score => score.Fold == fold && score.Candidate.Equals(one.Candidate)).Probabilities);
        Assert.NotEqual(right.Scored.Where(score => score.Fold != fold).Select(score => score.Probabilities[0]),
            wrong.Scored.Where(score => score.Fold != fold).Select(score => score.Probabilities[0]));
    }

    [Fact]
    public void With_one_label_per_class_nothing_is_measured_and_it_says_so()
    {
        var view = new View();
        var model = Fit("one", view, context: Context("one", labels: 3));
        Assert.Empty(view.Scored);
        Assert.Null(model.Accuracy);
        Assert.Null(model.Held);
        Assert.Equal(UsualTemperature.Of(model.Chosen.Kind, model.Chosen.Protocol.Name).Centre, model.Temperature);
        Assert.Equal("weights", model.Chosen.Start);
        Assert.Contains("With one label per class no image can be held out", model.Reason, StringComparison.Ordinal);
        Assert.Empty(view.Pretrained); // what would not be taken is not made
    }

    [Fact]
    public void Classes_of_very_different_size_are_all_learnt_and_a_single_image_is_never_held_out()
    {
        var view = new View();
        var options = Options with { Starts = [new WeightsStart("weights", folder.File("encoder"))] };
        // 27 of class 0, 2 of class 1, 1 of class 2
        var model = Fit("few", view, options, Context("few", label: image => image is 1 or 4 ? 1 : image == 2 ? 2 : 0));
        Assert.Equal(29, model.Held!.Labels.Length);
        Assert.DoesNotContain(2, model.Held.Images);
        Assert.Equal(3, model.Classifier.Classes.Count);
    }

    [Fact]
    public void A_start_that_fails_is_told_with_its_reason_and_the_others_go_on()
    {
        File.WriteAllText(folder.File("broken.safetensors"), "no weights");
        var options = Options with { Starts = [new WeightsStart("broken", folder.File("broken.safetensors")), new PixelStart()] };
        var model = Fit("b", null, options);
        Assert.Equal("none", model.Chosen.Start);
        Assert.Contains("broken.safetensors", Assert.Single(model.LeftOut).Reason, StringComparison.Ordinal);
        var alone = Assert.Throws<ImageDataException>(() => Fit("c", null, options with { Starts = [options.Starts[0]] }));
        Assert.Contains("No start could be used for labelled: broken: ", alone.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Images_that_cant_be_read_are_named_and_left_out()
    {
        var (pictures, source) = (Directory.CreateDirectory(folder.File("pictures")).FullName, Bands.Of(60));
        for (var i = 0; i < 60; i++)
        {
            var of = Directory.CreateDirectory(Path.Combine(pictures, source.Classes[source.Labels[i]])).FullName;
            File.WriteAllBytes(Path.Combine(of, $"{i:00}.png"), ImageFile.EncodePng(source.Images.Read(i)));
        }
        File.WriteAllText(Path.Combine(pictures, "above", "broken.png"), "no picture");
        var view = new View();
        var context = new FitContext(ImageSources.Open(pictures), LabelledSources.OpenTraining(pictures), folder.File("u"), "fit", null,
            "");
        var options = Options with { Starts = [new PixelStart(), new WeightsStart("weights", folder.File("encoder"))] };
        var model = Fit("u", view, options, context);
        Assert.Contains(view.Warned, warning => warning.StartsWith("1 of 61 images can't be read", StringComparison.Ordinal)
            && warning.Contains("broken.png", StringComparison.Ordinal));
        Assert.Equal(60, model.Classifier.Description.Provenance.Labels);
        Assert.Equal("above/00.png", model.References.Names[0]);
        Assert.Equal(LabelledSources.OpenTesting(pictures, context.Labelled.Classes).Images.Hash(),
            model.Classifier.Description.Provenance.DataHash); // as report compares it
        Assert.Equal(60, model.References.Names.Count);
    }

    [Fact]
    public void A_pretraining_that_was_stopped_begins_anew_where_the_images_are_no_longer_the_same()
    {
        var (pictures, source) = (Directory.CreateDirectory(folder.File("pictures")).FullName, Bands.Of(41));
        void Add(int i) => File.WriteAllBytes(Path.Combine(pictures, $"{i:00}.png"), ImageFile.EncodePng(source.Images.Read(i)));
        for (var i = 0; i < 40; i++) Add(i);
        var options = Options with
        {
            Starts = [new MethodStart("simsiam", "simsiam")],
            Protocols = [new Linear()],
            Pretraining = new(Images: 80),
        };
        FitContext Now() => Context("changed") with { Images = ImageSources.Open(pictures) };
        using var stop = new CancellationTokenSource();
        Assert.ThrowsAny<OperationCanceledException>(() =>
            Fit("changed", new View(stop, inside: "reading the first images"), options, Now(), stop.Token));
        Add(40);
        var view = new View();
        var model = Fit("changed", view, options, Now());
        Assert.Equal("simsiam", model.Chosen.Start);
        Assert.Contains(view.Told, told => told.Contains("it begins anew", StringComparison.Ordinal));
        Assert.Single(view.Pretrained);
        Assert.Empty(model.LeftOut);
    }

    [Fact]
    public void A_run_of_other_images_or_of_far_less_time_is_not_taken()
    {
        var options = Options with { Starts = [new MethodStart("simsiam", "simsiam")], Protocols = [new Linear()] };
        string[] Told(FitOptions asked, FitContext context)
        {
            var view = new View();
            Fit("other", view, asked, context);
            return [.. view.Told.Where(told => told.Contains("begins anew", StringComparison.Ordinal)), .. view.Pretrained];
        }
        var here = Context("other");
        Assert.Equal(["simsiam"], Told(options, here));
        Assert.Empty(Told(options, here));
        var fewer = here with { Images = new ImageSelection(here.Images, [.. Enumerable.Range(0, All - 1)], "fewer") };
        Assert.Equal(["simsiam: the pretraining that is there was of other images; it begins anew", "simsiam"], Told(options, fewer));
        var begun = Path.Combine(folder.File("other"), "work/runs/simsiam.txt");
        File.WriteAllText(begun, File.ReadAllText(begun).Replace(" Infinity", " 0.01", StringComparison.Ordinal));
        Assert.Empty(Told(options, fewer)); // it has a length of its own
        var timed = options with { Pretraining = null, Minutes = 0.05 };
        Assert.Equal(["simsiam: the pretraining that is there was of a fit of 0.01 minutes; it begins anew", "simsiam"], Told(timed, fewer));
    }

    [Fact]
    public void A_time_that_holds_no_pretraining_leaves_it_out_and_still_gives_a_model()
    {
        var view = new View();
        var model = Fit("short", view, Options with { Minutes = 0.001, Pretraining = null });
        Assert.Contains("too little time", Assert.Single(model.LeftOut, left => left.Start == "simsiam").Reason,
            StringComparison.Ordinal);
        Assert.DoesNotContain("simsiam", view.Pretrained);
        Assert.DoesNotContain(model.LeftOut, left => left.Start is "weights" or "none");
        Assert.NotNull(model.Accuracy);
    }

    [Fact]
    public void A_protocol_that_trains_the_encoder_is_scored_on_two_folds_and_on_the_others_when_it_is_chosen()
    {
        var view = new View();
        var options = Options with
        {
            Starts = [new WeightsStart("weights", folder.File("encoder"))],
            Protocols = [new FineTuned { Options = FineTuningOptions.FineTuned with { Epochs = 20 } }],
        };
        var model = Fit("tuned", view, options);
        Assert.Equal([0, 1, 2, 3, 4], view.Scored.Select(fold => fold.Fold)); // two, and three more of what was chosen
        Assert.Equal(5, Assert.Single(model.Standings).Folds);
        Assert.Equal(Enumerable.Range(0, 30), model.Held!.Images.Order());
        Assert.Equal("fine-tuned", model.Chosen.Protocol.Name);
        using var scope = TensorScope.Begin();
        var pixels = ImageTensors.Read(Bands.Of(All).Images, [0, 1], model.Classifier.Input);
        var features = model.Classifier.Features(pixels).ToArray<float>();
        var width = features.Length / 2;
        Assert.Equal(features[..width], model.References.Features[..width], (x, y) => Math.Abs(x - y) < 1e-5);
    }

    [Fact]
    public void The_folder_of_a_model_predicts_what_its_classifier_does_at_its_temperature()
    {
        var options = Options with { Starts = [new WeightsStart("weights", folder.File("encoder"))], Protocols = [new Linear()] };
        var context = Context("folder", labels: 90);
        using var model = Foresee.Fitting.Fit.Run(options, context, new ModelFolder(), new View(), default).Classifier;
        using var used = Foresee.Inference.Classifier.Load(folder.File("folder"));
        var description = used.Description;
        Assert.NotEqual(1, description.Temperature); // 90 images tell one
        Assert.Equal((90, 90), (description.Accuracy!.Images, description.Conformal!.Scores.Count));
        Assert.Equal(All, description.References.Count);
        Assert.Equal("weights", Assert.Single(description.Tried).Start);
        int[] places = [.. Enumerable.Range(100, 20)];
        using var scope = TensorScope.Begin();
        var expected = Temperature.Apply(model.Probabilities(ImageTensors.Read(Bands.Of(All).Images, places, model.Input)).ToArray<float>(),
            3, description.Temperature);
        var predictions = used.Predict([.. places.Select(place => Bands.Of(All).Images.Read(place))]);
        for (var i = 0; i < places.Length; i++)
            foreach (var (name, probability) in predictions[i].Classes)
                Assert.Equal(expected[3 * i + description.Classes.ToList().IndexOf(name)], probability, 1e-4);
        Assert.InRange(predictions.Count(prediction => prediction.OutOfPlace == true), 0, 5); // 1 in 20 is expected
        using var again = Foresee.Classifiers.Classifier.Load(folder.File("folder"), Device.Cpu); // classifier.json and weights
        Assert.Equal(description.Classes, again.Classes);
        Assert.Equal(90, Directory.GetFiles(Path.Combine(folder.File("folder"), description.ThumbnailFolder())).Length);
        Assert.Contains("90 labelled images", File.ReadAllText(folder.File("folder/report.html")), StringComparison.Ordinal);
    }

    [Fact]
    public void A_model_that_can_not_be_written_leaves_the_one_before_with_its_own_pictures()
    {
        var options = Options with { Starts = [new WeightsStart("weights", folder.File("encoder"))], Protocols = [new Linear()] };
        string Pictures() => Path.Combine(folder.File("again"), Foresee.Inference.ModelDescription.Parse(
            File.ReadAllText(folder.File("again/model.json")), "model.json").ThumbnailFolder());
        void Write(int labels) => Foresee.Fitting.Fit.Run(options, Context("again", labels), new ModelFolder(), new View(), default)
            .Classifier.Dispose();
        Write(12);
        var before = Pictures();
        File.Move(folder.File("again/model.onnx"), folder.File("again/aside"));
        Directory.CreateDirectory(folder.File("again/model.onnx")); // no file can take its place
        Assert.ThrowsAny<Exception>(() => Write(30));
        Assert.Equal(12, Directory.GetFiles(before).Length);
        Directory.Delete(folder.File("again/model.onnx"));
        File.Move(folder.File("again/aside"), folder.File("again/model.onnx"));
        File.WriteAllText(folder.File("again/thumbnails/0.jpg"), ""); // of an older Foresee
        Write(30);
        Assert.NotEqual(before, Pictures());
        Assert.Equal([Pictures()], Directory.GetFileSystemEntries(folder.File("again/thumbnails")));
        Assert.Equal(30, Directory.GetFiles(Pictures()).Length);
    }

    [Fact]
    public void Copies_of_labelled_images_are_neither_unlabelled_images_nor_references()
    {
        var (pool, labelled) = (Directory.CreateDirectory(folder.File("pool")).FullName, folder.File("labelled"));
        var painted = new Random(1);
        for (var i = 0; i < 230; i++)
        {
            var image = Bands.Of(3).Images.Read(i % 3);
            for (var p = 0; p < 20; p++) image.Pixels[painted.Next(image.Pixels.Length)] = (byte)painted.Next(256);
            var bytes = ImageFile.EncodePng(image);
            File.WriteAllBytes(Path.Combine(pool, $"{i:000}.png"), bytes);
            if (i >= 24) continue;
            Directory.CreateDirectory(Path.Combine(labelled, $"class {i % 3}"));
            File.WriteAllBytes(Path.Combine(labelled, $"class {i % 3}", $"copy-{i}.png"), bytes);
        }
        File.Copy(Path.Combine(pool, "100.png"), Path.Combine(pool, "twin.png"));
        var context = new FitContext(ImageSources.Open(pool), LabelledSources.OpenTraining(labelled), folder.File("c"), "fit", null, "");
        var options = Options with { Starts = [new WeightsStart("weights", folder.File("encoder"))], Protocols = [new Linear()] };
        var data = FitData.Read(options, context, _ => { }, default);
        var unlabelled = data.Unlabelled(context.Images, 10_000, 1, _ => { }, default);
        Assert.Equal(207, unlabelled.Count); // 206 and the twin
        Assert.Empty(ImageCopies.Of(unlabelled, _ => true).Intersect(data.Contents));
        var model = Fit("c", null, options, context);
        Assert.Equal(24 + 206, model.References.Names.Count);
    }

    [Fact]
    public void Two_fits_in_one_folder_are_refused()
    {
        Directory.CreateDirectory(Path.Combine(folder.File("twice"), "work"));
        using var other = FitClaim.Take(Path.Combine(folder.File("twice"), "work"));
        Assert.Contains("Another process is fitting", Assert.Throws<IOException>(() => Fit("twice")).Message, StringComparison.Ordinal);
    }
}
