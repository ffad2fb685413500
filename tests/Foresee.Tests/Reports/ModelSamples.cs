using Foresee.Images;
using Foresee.Inference;
using Foresee.Reports;

namespace Foresee.Tests.Reports;

/// <summary>A model and what it said of drawn images: made up for the tests, no measurement.</summary>
internal static class ModelSamples
{
    private const int Side = 48;
    private static readonly string[] Few = ["annual crop", "forest", "herbaceous vegetation", "highway", "industrial buildings", "pasture",
        "permanent crop", "residential buildings", "river", "sea & lake"];

    public static IReadOnlyList<string> Classes(int count) =>
        [.. Enumerable.Range(0, count).Select(c => count <= Few.Length ? Few[c] : $"{Few[c % Few.Length]} {c / Few.Length + 1}")];

    public static ModelDescription Description(int classes) => new(Classes(classes), new InputFormat(64, 64, 3), 32)
    {
        Temperature = 1.31,
        Novelty = new(5, 0.31, 0.95),
        Conformal = new([.. Enumerable.Range(0, 200).Select(i => Math.Pow(i / 200.0, 2))]),
        Accuracy = new(84.2, 81.9, 86.5, 1000, "5-fold cross-validation"),
        Start = "imagenet-resnet18",
        Protocol = "linear",
        Program = "0.1.0",
        Commit = "e3240da",
        DataHash = "sha256 of the content: 00ff",
        Data = "eurosat",
        Labels = 100,
        Time = new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero),
        Command = "./foresee fit photos labelled --out models/land --minutes 30",
        Machine = "AMD EPYC, 2 cores, 24 GiB, Debian GNU/Linux 12 (bookworm)",
        Seconds = 1234,
        References = ["a/1.jpg", "b/2.jpg"],
        Tried =
        [
            new("imagenet-resnet18", "linear", 84.2, 81.9, 86.5, 31, null),
            new("simclr", "self-trained", 79.1, 76, 82.2, 840, null),
            new("none", "supervised", 61.3, 57.9, 64.7, 300, null),
            new("vicreg", "linear", null, null, null, 900, "no time was left for it"),
        ],
    };

    /// <param name="pictures">Whether images are drawn; else none can be shown.</param>
    public static ModelPredictions Predictions(int images, int classes, bool pictures = true, int seed = 1)
    {
        var random = new Random(seed);
        var (labels, p, features) = (new int[images], new float[images * classes], new float[images * 32]);
        for (var i = 0; i < images; i++)
        {
            labels[i] = i % classes;
            // One in eight looks like the class beside it, and the model follows what it sees.
            var seen = random.Next(8) == 0 ? (labels[i] + 1) % classes : labels[i];
            double Logit(int c) => (c == seen ? 1.5 * random.NextDouble() + Math.Log(classes) : 0) + 2 * random.NextDouble();
            double[] weights = [.. Enumerable.Range(0, classes).Select(c => Math.Exp(Logit(c)))];
            for (var c = 0; c < classes; c++) p[i * classes + c] = (float)(weights[c] / weights.Sum());
            var centre = new Random(seen);
            for (var k = 0; k < 32; k++) features[i * 32 + k] = (float)(centre.NextDouble() + 0.9 * random.NextDouble() - 0.95);
        }
        return new()
        {
            MeasuredOn = $"{images} images of eurosat/test, which the model has not seen",
            Names = [.. Enumerable.Range(0, images).Select(i => $"{Classes(classes)[labels[i]]}/picture_{i:0000}.jpg")],
            Labels = labels,
            Probabilities = p,
            Features = features,
            Distances = [.. Enumerable.Range(0, images).Select(_ => 0.1 + 0.22 * random.NextDouble())],
            Foreign = new("fashion-mnist", [.. Enumerable.Range(0, 200).Select(_ => 0.2 + 0.5 * random.NextDouble())]),
            Picture = pictures ? i => Draw(labels[i], i) : null,
        };
    }

    public static ReportContent Content(int images, int classes, bool pictures = true) => new()
    {
        Title = "Land use: a classifier from 100 labelled images",
        Model = ModelReport.Of(Description(classes), Predictions(images, classes, pictures)),
        Comparison = Samples.Comparison(),
        Pretraining = [.. Samples.Log(12)],
        Run = Samples.Run(),
        Facts = [new("Time of the report", "2 s")],
        Next = [new("./foresee predict models/land photos --top 3", "Use it on other images")],
    };

    /// <summary>Stripes of a colour and a slope for each class.</summary>
    private static Image Draw(int label, int number)
    {
        var (pixels, random) = (new byte[Side * Side * 3], new Random(number));
        for (var y = 0; y < Side; y++)
            for (var x = 0; x < Side; x++)
                for (var c = 0; c < 3; c++)
                {
                    var wave = Math.Sin((x * (label % 4) + y * (1 + label % 3)) / 6.0 + c * label);
                    pixels[(y * Side + x) * 3 + c] = (byte)(90 * wave + 100 + random.Next(40));
                }
        return new(Side, Side, 3, pixels);
    }
}
