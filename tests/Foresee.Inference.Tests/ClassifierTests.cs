using Foresee.Images;
using Foresee.Tests;

namespace Foresee.Inference.Tests;

public sealed class ClassifierTests : IDisposable
{
    private static readonly string[] Classes = ["apple", "pear", "plum", "quince"];
    private readonly string folder = Directory.CreateTempSubdirectory("foresee-").FullName;
    private readonly TinyModel model = new(Classes);

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private Classifier Load(ClassifierOptions? options = null)
    {
        model.Write(Path.Combine(folder, "model.onnx"));
        return Classifier.Load(folder, options);
    }

    /// <summary>In the model's own form.</summary>
    private static Image Picture(int seed, int height = 4, int width = 5, int channels = 3)
    {
        var pixels = new byte[height * width * channels];
        new Random(seed).NextBytes(pixels);
        return new(width, height, channels, pixels);
    }

    private void AssertExpected(Image image, Prediction prediction)
    {
        var expected = model.Expected(image).Probabilities;
        Assert.Equal(Classes.Length, prediction.Classes.Count);
        foreach (var (name, probability) in prediction.Classes) Assert.Equal(expected[Array.IndexOf(Classes, name)], probability, 1e-5);
        Assert.Equal(expected.OrderDescending().Select(value => Classes[Array.IndexOf(expected, value)]),
            prediction.Classes.Select(named => named.Class));
    }

    [Fact]
    public void Probabilities_are_those_computed_by_hand_most_probable_first()
    {
        using var classifier = Load();
        for (var seed = 0; seed < 20; seed++) AssertExpected(Picture(seed), classifier.Predict(Picture(seed)));
    }

    [Fact]
    public void Features_are_those_computed_by_hand()
    {
        using var classifier = Load();
        var expected = model.Expected(Picture(1)).Features;
        Assert.All(classifier.Features(Picture(1)).Zip(expected), pair => Assert.Equal(pair.Second, pair.First, 1e-5));
        Assert.Equal(classifier.Features([Picture(0), Picture(1)])[1], classifier.Predict([Picture(0), Picture(1)])[1].Features.ToArray());
    }

    [Fact]
    public void A_file_a_stream_an_image_and_its_planes_give_the_same()
    {
        using var classifier = Load();
        var (image, path) = (Picture(3), Path.Combine(folder, "image.png"));
        File.WriteAllBytes(path, ImageFile.EncodePng(image));
        var planes = new byte[image.Pixels.Length];
        image.CopyPlanes(planes);
        using var stream = File.OpenRead(path);
        Prediction[] all = [classifier.Predict(path), classifier.Predict(stream), classifier.Predict(image),
            classifier.Predict(planes, 1)[0]];
        Assert.All(all, prediction => Assert.Equal(all[0].Classes, prediction.Classes));
        AssertExpected(image, all[0]);
        stream.Position = 0;
        float[][] vectors = [classifier.Features(path), classifier.Features(stream), classifier.Features(image),
            classifier.Features(planes, 1)[0]];
        Assert.All(vectors, vector => Assert.Equal(vectors[0], vector));
    }

    [Fact]
    public void A_folder_and_its_file_are_the_same_model()
    {
        using var one = Load();
        using var other = Classifier.Load(Path.Combine(folder, "model.onnx"));
        Assert.Equal(one.Predict(Picture(0)).Classes, other.Predict(Picture(0)).Classes);
        Assert.Equal(model.Description.ToJson(), one.Description.ToJson());
    }

    [Fact]
    public void Images_of_another_size_are_brought_into_the_models_form()
    {
        using var classifier = Load();
        var image = Picture(5, height: 40, width: 50);
        AssertExpected(ImageFile.Fit(image, model.Description.Input, "image"), classifier.Predict(image));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(Classifier.BatchSize)]
    [InlineData(2 * Classifier.BatchSize + 7)]
    public void A_batch_of_any_size_gives_each_image_its_own(int count)
    {
        using var classifier = Load();
        Image[] images = [.. Enumerable.Range(0, count).Select(seed => Picture(seed))];
        var predictions = classifier.Predict(images);
        Assert.Equal(count, predictions.Count);
        for (var i = 0; i < count; i++) AssertExpected(images[i], predictions[i]);
    }

    [Fact]
    public void Planes_of_another_length_are_refused()
    {
        using var classifier = Load();
        var error = Assert.Throws<ArgumentException>(() => classifier.Predict(new byte[2 * 60 - 1], 2));
        Assert.Contains("2 images have 120 bytes, got 119", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_no_image_is_told_with_its_name()
    {
        using var classifier = Load();
        var path = Path.Combine(folder, "letter.png");
        File.WriteAllText(path, "Dear reader");
        Assert.Contains("letter.png can't be read as an image: it is text", Assert.Throws<UnreadableImageException>(() =>
            classifier.Predict(path)).Message, StringComparison.Ordinal);
        Assert.Contains("it is empty", Assert.Throws<UnreadableImageException>(() =>
            classifier.Predict(new MemoryStream())).Message, StringComparison.Ordinal);
    }
}
