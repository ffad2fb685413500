using System.Diagnostics;
using Foresee.Classifiers;
using Foresee.Encoders;
using Foresee.Evaluation;
using Foresee.Torch;

namespace Foresee.Fitting;

/// <summary>Fits candidates of one start on folds, several side by side; what was fitted before is taken from the disk.</summary>
/// <param name="parts">Of all that a score hangs on beside candidate, labels and fold.</param>
internal sealed class FoldFitting(FitSession session, SharedFeatures shared, Foresee.Images.IImageSource unlabelled, string[] parts)
{
    /// <param name="jobs">Candidates with the folds to hold out.</param>
    public void Run(IReadOnlyList<(Candidate Candidate, int Fold)> jobs) => Run(jobs, session.Folds, session.Add);

    /// <summary>All folds of a candidate, beside those that it was chosen by.</summary>
    public HeldOutPredictions HoldOut(Candidate candidate, Folds folds)
    {
        var (gate, scores) = (new Lock(), new SortedDictionary<int, FoldScore>());
        Run([.. Enumerable.Range(0, folds.Count).Select(fold => (candidate, fold))], folds, (score, _) =>
        {
            lock (gate) scores[score.Fold] = score;
        });
        return HeldOutPredictions.Of(scores.Values, session.Data.Labelled.Labels);
    }

    private void Run(IReadOnlyList<(Candidate Candidate, int Fold)> jobs, Folds folds, Action<FoldScore, bool> add)
    {
        var open = new List<(Candidate Candidate, int Fold, string Name)>();
        foreach (var (candidate, fold) in jobs)
        {
            var name = NameOf(candidate, folds, fold);
            if (session.Store.Find(name) is { } known)
                add(new(candidate, fold, folds.Held(fold), known.Probabilities, known.Seconds), false);
            else open.Add((candidate, fold, name));
        }
        if (open.Count == 0) return;
        // The longest first, so that no thread is left alone with one at the end.
        var order = open.OrderByDescending(job => job.Candidate.Protocol.Work(session.Data.Labelled.Labels.Length)).ToList();
        var threads = Math.Max(1, session.Options.Threads / Math.Min(session.Options.Threads, order.Count));
        Engine.ParallelJobs(order.Count, i => add(Fit(order[i].Candidate, folds, order[i].Fold, order[i].Name, threads), true),
            session.Cancel, session.Options.Threads);
    }

    private string NameOf(Candidate candidate, Folds folds, int fold)
    {
        var labelled = session.Data.Labelled;
        IEnumerable<string> Labels(int[] images) => images.Select(image => $"{session.Data.Keys[image]}={labelled.Labels[image]}");
        return session.Store.NameOf([.. parts, Fingerprint.Text(candidate.Protocol), $"{session.Options.Seed}", .. labelled.Classes,
            .. Labels(folds.Learnt(fold)), "held out", .. Labels(folds.Held(fold))]);
    }

    private FoldScore Fit(Candidate candidate, Folds folds, int fold, string name, int threads)
    {
        using var scope = TensorScope.Begin();
        var (learnt, held, work) = (folds.Learnt(fold), folds.Held(fold), $"{candidate}, fold {fold + 1}");
        session.Report(work);
        var clock = Stopwatch.StartNew();
        using var classifier = Fit(candidate, learnt, threads, step => session.Report(work, step.Step, step.Steps));
        var seconds = clock.Elapsed.TotalSeconds;
        var probabilities = Predict(classifier, candidate, held).ToArray<float>();
        session.Store.Add(name, probabilities, classifier.Classes.Count, seconds, candidate, fold);
        return new(candidate, fold, held, probabilities, seconds);
    }

    /// <summary>Learns from some of the labelled images.</summary>
    public Classifier Fit(Candidate candidate, int[] learnt, int threads, Action<FitProgress>? progress, Provenance? provenance = null)
    {
        var labelled = session.Data.Labelled;
        return candidate.Protocol.Fit(
            new ClassifierTask(labelled.Only(learnt, labelled.Images.Name), learnt, unlabelled, shared, session.Options.Seed)
            {
                Threads = threads,
                Progress = progress,
                Provenance = provenance ?? new(),
            }, session.Cancel);
    }

    /// <returns>[held, classes]</returns>
    private Tensor Predict(Classifier classifier, Candidate candidate, int[] held) => classifier is FeatureClassifier features
        ? features.FromFeatures(shared.Labelled(candidate.Protocol.Features!, held))
        : classifier.Probabilities(ImageTensors.Read(session.Data.Labelled.Images, held, classifier.Input));
}
