using Foresee.Images;
using Foresee.Tests;

namespace Foresee.Inference.Tests;

/// <summary>References, the rule for images out of place, and conformal sets, against loops written here.</summary>
public sealed class NoveltyTests : IDisposable
{
    private static readonly string[] Classes = ["apple", "pear", "plum"];
    private readonly string folder = Directory.CreateTempSubdirectory("foresee-").FullName;
    private readonly TinyModel model = new(Classes);

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private Classifier Load(ClassifierOptions? options = null) =>
        Classifier.Load(model.Write(Path.Combine(folder, "model.onnx")), options);

    /// <summary>All pixels alike.</summary>
    private static Image Plain(byte red, byte green, byte blue) =>
        new(5, 4, 3, [.. Enumerable.Range(0, 20).SelectMany(_ => new[] { red, green, blue })]);

    private static double Cosine(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        double product = 0, first = 0, second = 0;
        for (var i = 0; i < a.Length; i++) (product, first, second) = (product + a[i] * b[i], first + a[i] * a[i], second + b[i] * b[i]);
        return product / Math.Sqrt(first * second);
    }

    private static float[] Random(int seed, int count)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => (float)(random.NextDouble() - 0.3))];
    }

    [Fact]
    public void The_nearest_are_those_that_a_plain_loop_finds()
    {
        const int Width = 7, Count = 150;
        var (values, images) = (Random(1, Count * Width), Random(2, 3 * Width));
        var found = new ModelReferences(values, new int[Count]).Nearest(images, 6);
        for (var n = 0; n < 3; n++)
        {
            var expected = Enumerable.Range(0, Count)
                .Select(m => (Index: m, Cosine: Cosine(values.AsSpan(m * Width, Width), images.AsSpan(n * Width, Width))))
                .OrderByDescending(match => match.Cosine).Take(6).ToList();
            Assert.Equal(expected.Select(match => match.Index), found[n].Select(match => match.Index));
            Assert.All(expected.Zip(found[n]), pair => Assert.Equal(pair.First.Cosine, pair.Second.Cosine, 1e-5));
        }
    }

    [Fact]
    public void Fewer_references_than_asked_for_are_all_told()
    {
        var found = new ModelReferences([1, 0, 0, 1], [0, 1]).Nearest([1, 1], 5);
        Assert.Equal(2, found[0].Length);
    }

    [Fact]
    public void References_come_back_from_text_as_halves()
    {
        var (values, labels) = (Random(3, 12 * 5), Enumerable.Range(-1, 12).ToArray());
        var (written, read) = (new ModelReferences(values, labels), ModelReferences.Parse(new ModelReferences(values, labels).ToText(), ""));
        Assert.Equal(labels, read.Labels);
        Assert.Equal((12, 5), (read.Count, read.Width));
        for (var m = 0; m < 12; m++)
            for (var k = 0; k < 5; k++) Assert.Equal(written.Row(m)[k], read.Row(m)[k], 1e-3);
    }

    /// <summary>Byte by byte, as the format is described: https://huggingface.co/docs/safetensors.</summary>
    [Fact]
    public void Their_text_is_a_safetensors_file()
    {
        var file = Convert.FromBase64String(new ModelReferences([3, 4, 0, 2], [7, -1]).ToText());
        var length = (int)BitConverter.ToInt64(file);
        Assert.Equal(0, length % 8);
        using var header = System.Text.Json.JsonDocument.Parse(file.AsMemory(8, length));
        (int From, int To) Place(string name)
        {
            var place = header.RootElement.GetProperty(name).GetProperty("data_offsets");
            return (8 + length + place[0].GetInt32(), 8 + length + place[1].GetInt32());
        }
        var (labels, features) = (Place("labels"), Place("features"));
        Assert.Equal([7, 0, 0, 0, 255, 255, 255, 255], file[labels.From..labels.To]);
        Half[] expected = [(Half)0.6f, (Half)0.8f, (Half)0, (Half)1];
        Assert.Equal(expected.SelectMany(BitConverter.GetBytes), file[features.From..features.To]);
        Assert.Equal(file.Length, features.To);
    }

    [Fact]
    public void An_image_like_the_references_is_in_place_and_another_is_not()
    {
        model.References = new([1, 0.1f, 0, 1, 0, 0.1f, 1, 0.1f, 0.1f, 0.9f, 0, 0], [0, 0, 1, -1]);
        model.Description = model.Description with { Novelty = new(3, 0.1, 0.95), References = ["a/1.png", "a/2.png", "b/3.png", "4.png"] };
        using var classifier = Load(new() { Nearest = 4 });
        var (red, blue) = (classifier.Predict(Plain(200, 10, 10)), classifier.Predict(Plain(10, 10, 200)));
        Assert.False(red.OutOfPlace);
        Assert.True(blue.OutOfPlace);
        float[] vector = [10 / 255f, 10 / 255f, 200 / 255f];
        float[][] rows = [[1, 0.1f, 0], [1, 0, 0.1f], [1, 0.1f, 0.1f], [0.9f, 0, 0]];
        var cosines = rows.Select((row, index) => (index, Cosine: Cosine(row, vector))).OrderByDescending(match => match.Cosine).ToList();
        Assert.Equal(1 - cosines.Take(3).Average(match => match.Cosine), blue.Distance!.Value, 1e-3); // stored in 16 bits
        Assert.Equal(cosines.Select(match => match.index), blue.Nearest.Select(near => near.Index));
        Assert.Equal(["b/3.png", "a/2.png", "a/1.png", "4.png"], blue.Nearest.Select(near => near.Name));
        Assert.Equal("apple", blue.Nearest[1].Label);
        Assert.Null(blue.Nearest.Single(near => near.Index == 3).Label);
        Assert.Equal("pear", blue.Nearest.Single(near => near.Index == 2).Label);
    }

    [Fact]
    public void Without_a_rule_nothing_is_said_of_the_place()
    {
        using var classifier = Load();
        var prediction = classifier.Predict(Plain(1, 2, 3));
        Assert.Null(prediction.OutOfPlace);
        Assert.Null(prediction.Distance);
        Assert.Empty(prediction.Nearest);
    }

    [Theory]
    [InlineData(0.5, 5)]   // 9 scores: the ceil(10 x 0.5) = 5th
    [InlineData(0.9, 9)]
    [InlineData(0.05, 1)]
    [InlineData(0.91, 10)] // more than there are: every class
    public void A_threshold_is_the_quantile_with_one_more(double coverage, int rank)
    {
        double[] scores = [.. Enumerable.Range(1, 9).Select(i => i / 10.0)];
        Assert.Equal(rank > 9 ? double.PositiveInfinity : scores[rank - 1], new ConformalScores(scores).Threshold(coverage));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(double.NaN)]
    public void A_coverage_lies_between_0_and_1(double coverage) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new ConformalScores([0.5]).Threshold(coverage));

    [Fact]
    public void A_set_holds_the_classes_that_are_probable_enough()
    {
        model.Description = model.Description with { Conformal = new([0.2, 0.4, 0.6, 0.8]) };
        using var classifier = Load();
        var prediction = classifier.Predict(Plain(90, 20, 180));
        foreach (var (coverage, score) in new[] { (0.2, 0.2), (0.4, 0.4), (0.6, 0.6), (0.8, 0.8) })
            Assert.Equal(prediction.Classes.Where(named => 1 - named.Probability <= score).Select(named => named.Class),
                prediction.Set(coverage));
        Assert.Equal(3, prediction.Set(0.9).Count); // more than 4 scores can promise
    }

    /// <summary>The promise itself: images drawn from the model's own probabilities.</summary>
    [Fact]
    public void Sets_hold_the_true_class_as_often_as_promised()
    {
        var random = new Random(11);
        var images = Enumerable.Range(0, 3000).Select(_ => Plain((byte)random.Next(256), (byte)random.Next(256), (byte)random.Next(256)));
        var drawn = images.Select(image =>
        {
            var (p, u) = (model.Expected(image).Probabilities, random.NextDouble());
            return (image, Truth: u < p[0] ? 0 : u < p[0] + p[1] ? 1 : 2);
        }).ToList();
        double[] scores = [.. drawn.Take(1000).Select(one => 1 - model.Expected(one.image).Probabilities[one.Truth]).Order()];
        model.Description = model.Description with { Conformal = new(scores) };
        using var classifier = Load();
        var predictions = classifier.Predict([.. drawn.Skip(1000).Select(one => one.image)]);
        var covered = predictions.Zip(drawn.Skip(1000)).Average(pair => pair.First.Set(0.9).Contains(Classes[pair.Second.Truth]) ? 1.0 : 0);
        Assert.InRange(covered, 0.87, 0.93);
    }

    [Fact]
    public void A_model_that_was_not_calibrated_has_no_sets()
    {
        using var classifier = Load();
        var prediction = classifier.Predict(Plain(1, 2, 3));
        Assert.Contains("fit it again with more labelled images", Assert.Throws<InvalidOperationException>(() => prediction.Set(0.9)).Message,
            StringComparison.Ordinal);
    }
}
