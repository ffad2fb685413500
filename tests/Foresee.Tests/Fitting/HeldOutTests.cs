using Foresee.Encoders;
using Foresee.Evaluation.Protocols;
using Foresee.Fitting;
using Foresee.Recipes;
using Foresee.Studies;
using Foresee.Tests.Evaluation;
using Foresee.Tests.Reports;
using Foresee.Torch;

namespace Foresee.Tests.Fitting;

/// <summary>What is held out of the candidate that was chosen, and what becomes of the others.</summary>
public sealed class HeldOutTests : IDisposable
{
    private const int Side = 16, All = 120, Labels = 60;
    private readonly TemporaryFolder folder = new();

    public HeldOutTests()
    {
        Directory.CreateDirectory(folder.File("encoder"));
        SmallEncoder.Write(folder.File("encoder"), Side);
    }

    public void Dispose() => folder.Dispose();

    private FitOptions Options => new([new WeightsStart("weights", folder.File("encoder"))],
        new Recipe("bands", "", "kmeans", images => new("bands", images.Count, new(Side, Side, 1) { Mean = [0.4], Std = [0.3] }),
            _ => throw new InvalidOperationException("nothing is pretrained")))
    {
        Threads = 1,
        Device = Device.Cpu,
        Protocols = [new Linear(), new SelfTrained()],
    };

    private FitContext Context(string name)
    {
        var all = Bands.Of(All);
        return new(all.Images, all.Only([.. Enumerable.Range(0, Labels)], "labelled"), folder.File(name), "foresee fit", null, "test");
    }

    private sealed class Everything : IModelWriter, IDisposable
    {
        public List<(FitResult Model, bool Chosen, float[] Probabilities)> Models { get; } = [];
        public bool TakesOthers => true;
        public void Write(FitResult model, FitContext context) => Keep(model, true);
        public void WriteOther(FitResult model, FitContext context) => Keep(model, false);

        private void Keep(FitResult model, bool chosen)
        {
            using var scope = TensorScope.Begin();
            Models.Add((model, chosen, model.Classifier.Probabilities(
                ImageTensors.Read(Bands.Of(All).Images, [.. Enumerable.Range(100, 20)], model.Classifier.Input)).ToArray<float>()));
        }

        public void Dispose() => Models[0].Model.Classifier.Dispose();
    }

    private sealed class Quiet : IFitView;

    [Fact]
    public void What_is_told_of_the_model_comes_from_twenty_folds_and_what_is_chosen_from_five()
    {
        using var written = new Everything();
        var model = Fit.Run(Options, Context("a"), written, new Quiet(), default);
        Assert.All(model.Standings, standing => Assert.Equal(5, standing.Folds));
        Assert.Contains("20-fold cross-validation", model.How, StringComparison.Ordinal);
        Assert.Contains("60 images held out in 5 folds", model.Reason, StringComparison.Ordinal);
        Assert.Equal(Enumerable.Range(0, Labels), model.Held!.Images.Order());
        var finer = Folds.Of([.. Enumerable.Range(0, Labels).Select(image => Bands.Of(All).Labels[image])], 0, Folds.MostToCalibrate);
        Assert.Equal(Enumerable.Range(0, 20).SelectMany(finer.Held), model.Held.Images);
        Assert.Equal(model.Accuracy!.Value.Mean, 100.0 * model.Held.Right / Labels, 1e-9);
    }

    [Fact]
    public void Twenty_folds_are_left_out_where_the_time_is_over()
    {
        using var written = new Everything();
        var model = Fit.Run(Options with { Minutes = 0.001 }, Context("late"), written, new Quiet(), default);
        Assert.DoesNotContain("20-fold", model.How, StringComparison.Ordinal);
        Assert.Equal(model.Standings.First(s => s.Candidate == model.Chosen).Images, model.Held!.Labels.Length);
    }

    [Fact]
    public void Each_candidate_that_was_not_chosen_is_learnt_from_all_labels_for_a_writer_that_asks()
    {
        using var written = new Everything();
        Fit.Run(Options, Context("b"), written, new Quiet(), default);
        Assert.Equal([true, false], written.Models.Select(model => model.Chosen));
        Assert.Equal(["linear", "self-trained"], written.Models.Select(model => model.Model.Chosen.Protocol.Name).Order());
        Assert.All(written.Models, model => Assert.Equal(Labels, model.Model.Classifier.Description.Provenance.Labels));
        Assert.NotEqual(written.Models[0].Probabilities, written.Models[1].Probabilities);
        using var alone = new Everything(); // the one that was not chosen, as the only one
        var other = written.Models[1].Model.Chosen.Protocol;
        Fit.Run(Options with { Protocols = [other] }, Context("c"), alone, new Quiet(), default);
        Assert.Equal(alone.Models[0].Probabilities, written.Models[1].Probabilities);
    }
}
