using System.Collections.Concurrent;
using Foresee.Images;
using Foresee.Inference.Suggesting;
using Foresee.Server.Classification;
using Foresee.Server.Models;

namespace Foresee.Server.Labelling;

/// <summary>What the model thinks of an image that is to be labelled.</summary>
internal sealed record Guess(string Label, double Probability);

/// <summary>
/// Looks at the pool with the model while nobody else asks it, and puts in front what <see cref="Suggester"/> chooses; every tenth image is
/// a random one, which nothing has chosen. Chosen anew as labels come in, and looked at anew when the model changes.
/// </summary>
internal sealed class PoolRanking : IDisposable
{
    private const int Most = 5000, MostNumbers = 20_000_000, RandomEvery = 10, Choice = 300, ChooseAgain = 100;
    private readonly ModelSlot slot;
    private readonly ImageQueue queue;
    private readonly LabelSession session;
    private readonly IReadOnlyList<int> even; // all images in an order that means nothing
    private readonly ILogger log;
    private readonly AutoResetEvent due = new(initialState: false);
    private readonly CancellationTokenSource stop = new();
    private readonly Thread thread;
    private readonly ConcurrentDictionary<int, Guess> guesses = [];
    private volatile bool changed = true;
    private int done, all, labels;

    public PoolRanking(ModelSlot slot, ImageQueue queue, LabelSession session, IReadOnlyList<int> even, ILogger log)
    {
        (this.slot, this.queue, this.session, this.even, this.log) = (slot, queue, session, even, log);
        thread = new(Work) { IsBackground = true, Name = "ranking", Priority = ThreadPriority.Lowest };
        thread.Start();
    }

    /// <summary>Images that have been looked at, of how many.</summary>
    public (int Done, int All) Progress => (Volatile.Read(ref done), Volatile.Read(ref all));

    public Guess? Of(int image) => guesses.GetValueOrDefault(image);

    /// <summary>The model is another.</summary>
    public void Again()
    {
        changed = true;
        due.Set();
    }

    /// <summary>A label more: what was chosen becomes less.</summary>
    public void Labelled()
    {
        if (Interlocked.Increment(ref labels) % ChooseAgain == 0) due.Set();
    }

    private void Work()
    {
        var looked = new Looked([], [], [], []);
        while (!stop.IsCancellationRequested)
            try
            {
                if (changed) looked = Look();
                else Choose(looked);
                if (!changed) due.WaitOne();
            }
            catch (OperationCanceledException)
            {
                return;
            }
            catch (Exception error)
            {
                log.LogError(error, "The order of the images to label can't be computed; they come as they are");
                due.WaitOne();
            }
    }

    /// <param name="Images">One for each row.</param>
    /// <param name="Features">[N · K]</param>
    /// <param name="Probabilities">[N · C]</param>
    private sealed record Looked(List<int> Images, List<float> Features, List<float> Probabilities, IReadOnlyList<string> Classes);

    private Looked Look()
    {
        changed = false;
        guesses.Clear();
        using var lease = slot.Take();
        var labelled = session.Labelled;
        var most = Math.Min(Most, MostNumbers / lease.Model.Description.Features); // 80 MB of vectors
        List<int> images = [.. even.OrderByDescending(labelled.ContainsKey).Take(most)]; // stable: labelled ones, then by chance
        var looked = new Looked([], [], [], lease.Model.Description.Classes);
        Volatile.Write(ref done, 0);
        Volatile.Write(ref all, images.Count);
        foreach (var image in images)
        {
            while (queue.Count > 0 && !stop.IsCancellationRequested) Thread.Sleep(5); // who asks goes first
            stop.Token.ThrowIfCancellationRequested();
            if (changed) return looked;
            Add(looked, lease.Model, image);
            if (Interlocked.Increment(ref done) is Choice or 4 * Choice) Choose(looked);
        }
        Choose(looked);
        return looked;
    }

    private void Add(Looked looked, LoadedModel model, int image)
    {
        try
        {
            var prediction = model.Classifier.Predict(session.PathOf(image), stop.Token);
            var of = prediction.Classes.ToDictionary(entry => entry.Class, entry => (float)entry.Probability);
            guesses[image] = new(prediction.Classes[0].Class, prediction.Classes[0].Probability);
            looked.Images.Add(image);
            looked.Features.AddRange(prediction.Features.Span);
            looked.Probabilities.AddRange(looked.Classes.Select(name => of[name]));
        }
        catch (ImageDataException)
        {
            // it can't be read; who comes to it is told so
        }
    }

    private void Choose(Looked looked)
    {
        if (looked.Images.Count < 2) return;
        var labelled = session.Labelled;
        int[] taken = [.. looked.Images.Index().Where(row => labelled.ContainsKey(row.Item)).Select(row => row.Index)];
        if (taken.Length == looked.Images.Count) return;
        var chosen = Suggester.Choose(new(new([.. looked.Features], looked.Features.Count / looked.Images.Count), taken, Choice)
        {
            Probabilities = new([.. looked.Probabilities], looked.Classes),
            Threads = 1,
        }, stop.Token);
        session.Reorder(Mix([.. chosen.Select(suggestion => looked.Images[suggestion.Row])], even));
    }

    /// <summary>Every tenth by chance, the others as chosen; those that are not chosen last.</summary>
    internal static IReadOnlyList<int> Mix(IReadOnlyList<int> chosen, IReadOnlyList<int> even)
    {
        var (mixed, taken, chance) = (new List<int>(even.Count), new HashSet<int>(), even.GetEnumerator());
        foreach (var image in chosen)
        {
            if (mixed.Count % RandomEvery == RandomEvery - 1)
                while (chance.MoveNext())
                    if (taken.Add(chance.Current))
                    {
                        mixed.Add(chance.Current);
                        break;
                    }
            if (taken.Add(image)) mixed.Add(image);
        }
        mixed.AddRange(even.Where(taken.Add));
        return mixed;
    }

    public void Dispose()
    {
        stop.Cancel();
        due.Set();
        thread.Join();
        due.Dispose();
        stop.Dispose();
    }
}
