using System.Globalization;
using Foresee.Evaluation.Protocols;
using Foresee.Fitting;
using Foresee.Images;
using Foresee.Inference;
using Foresee.Labels;
using Foresee.Recipes;
using Foresee.Reports;
using Foresee.Studies;
using Foresee.Torch;

namespace Foresee.Cli;

/// <summary>The end of the demo: a model from its own run and 600 labels, and what it says of images that it has never seen.</summary>
internal sealed class DemoModel(Terminal terminal, string run, string command, Device device, int threads)
{
    private const int Labels = 60, Unlabelled = 3000, Folds = 3, Shown = 5;

    private string Folder => Path.Combine(run, "model");

    /// <param name="images">That the run learnt from.</param>
    public void Fit(IImageSource images, LabelledSplits splits, CancellationToken cancel)
    {
        terminal.Line($"now a model to use, from this run and {Labels} labels per class: {Folder}");
        var drawn = LabelDraw.Take(splits.Train.Labels, new(Labels, LabelUnit.PerClass), seed: 0);
        var labelled = splits.Train.Only(drawn, images.Name);
        var options = new FitOptions([new WeightsStart("cpc-v2", run)], Recipe.Find(DemoCommand.Data))
        {
            Threads = threads,
            Device = device,
            Compute = Precision.For(device).Type,
            Protocols = [new Linear()],
            Unlabelled = Unlabelled,
            Folds = Folds,
        };
        var context = new FitContext(images, labelled, Folder, command, Commit.Read(), Pretraining.Blas());
        var view = new FitView(terminal, images, new Pretraining(terminal, device, threads));
        using var classifier = view.Show(() => Fitting.Fit.Run(options, context, new ModelFolder(), view, cancel)).Classifier;
    }

    /// <summary>By ONNX Runtime, as whoever uses the model.</summary>
    public void Predict(LabelledImages test)
    {
        using var classifier = Classifier.Load(Folder);
        for (var i = 0; i < Math.Min(Shown, test.Images.Count); i++)
        {
            var best = classifier.Predict(test.Images.Read(i)).Classes[0];
            terminal.Line(string.Create(CultureInfo.InvariantCulture,
                $"test image {i + 1}: {best.Class}, {100 * best.Probability:0} % sure; it is {test.Classes[test.Labels[i]]}"));
        }
        terminal.Line($"model: {Folder}; its report: {Path.Combine(Folder, HtmlReport.FileName)}");
    }
}
