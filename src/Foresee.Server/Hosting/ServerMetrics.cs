using System.Diagnostics.Metrics;

namespace Foresee.Server.Hosting;

/// <summary>What is counted beside what ASP.NET counts; /metrics shows both.</summary>
internal sealed class ServerMetrics : IDisposable
{
    public const string Name = "Foresee.Server";
    private readonly Meter meter = new(Name);
    private readonly Counter<long> images;
    private readonly Counter<long> refusals;
    private readonly Counter<long> labels;
    private readonly Counter<long> swaps;
    private readonly Histogram<double> seconds;
    private readonly Histogram<double> confidence;

    public ServerMetrics()
    {
        images = meter.CreateCounter<long>("foresee.images", "{image}", "Images by what became of them");
        refusals = meter.CreateCounter<long>("foresee.refusals", "{request}", "Requests refused, by the problem's code");
        labels = meter.CreateCounter<long>("foresee.labels", "{label}", "Labels given and taken back");
        swaps = meter.CreateCounter<long>("foresee.model.swaps", "{swap}", "Models put in place of another");
        seconds = meter.CreateHistogram<double>("foresee.image.duration", "s", "Decoding and computing one image", advice: new()
        {
            HistogramBucketBoundaries = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
        });
        confidence = meter.CreateHistogram<double>("foresee.confidence", "1", "Probability of the most probable class", advice: new()
        {
            HistogramBucketBoundaries = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99, 1],
        });
    }

    /// <param name="waiting">Images in the queue.</param>
    public void Watch(Func<int> waiting) => meter.CreateObservableGauge("foresee.queue.length", waiting, "{image}", "Images that wait");

    public void Refused(string code) => refusals.Add(1, new KeyValuePair<string, object?>("code", code));

    public void Labelled(bool undone) => labels.Add(1, new KeyValuePair<string, object?>("kind", undone ? "undone" : "given"));

    public void Swapped() => swaps.Add(1);

    public void Unreadable() => images.Add(1, new KeyValuePair<string, object?>("outcome", "unreadable"));

    public void Classified(TimeSpan time, double probability, bool? outOfPlace)
    {
        images.Add(1, new KeyValuePair<string, object?>("outcome", outOfPlace == true ? "out_of_place" : "classified"));
        seconds.Record(time.TotalSeconds);
        confidence.Record(probability);
    }

    public void Dispose() => meter.Dispose();
}
