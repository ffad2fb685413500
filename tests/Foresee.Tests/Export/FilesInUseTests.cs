using Foresee.Encoders;
using Foresee.Evaluation;
using Foresee.Export;
using Foresee.Images;
using Foresee.Tests.Reports;
using Foresee.Torch;

namespace Foresee.Tests.Export;

/// <summary>A file says the same in use as where the model was fitted: each format that is read, each orientation, each way in.</summary>
public sealed class FilesInUseTests
{
    private static readonly string Fixtures = Path.Combine(ArchitectureTests.Root(), "tests", "fixtures", "images");

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void Probabilities_are_those_of_libtorch_and_what_is_refused_is_refused_alike(int channels)
    {
        using var folder = new TemporaryFolder();
        foreach (var path in Directory.EnumerateFiles(Fixtures)) File.Copy(path, folder.File(Path.GetFileName(path)));
        for (var orientation = 1; orientation <= 8; orientation++)
            File.WriteAllBytes(folder.File($"turned-{orientation}.jpg"), Turned(orientation));
        var input = new InputFormat(16, 12, channels)
        {
            Small = SmallImages.Enlarge,
            Margin = 2,
            Window = new([1000], [50_000]),
            Mean = [.. Enumerable.Repeat(0.4, channels)],
            Std = [.. Enumerable.Repeat(0.2, channels)],
        };
        using var scope = TensorScope.Begin();
        using var fitted = RandomNetworks.Linear(RandomNetworks.Build(
            new ConvEncoderOptions(6, [1, 1], ResidualOrder.Plain, ConvStem.Small), input), GridPooling.One);
        ModelExport.Write(fitted, ModelExport.Describe(fitted), references: null, folder.File("model.onnx"));
        using var used = Foresee.Inference.Classifier.Load(folder.File("model.onnx"));

        var images = new ImageFolder(folder.Path);
        var results = used.PredictAll(images.Files.Select(folder.File)).ToList();
        var (read, refused) = (0, 0);
        for (var i = 0; i < images.Count; i++)
        {
            if (Expected(images, i, fitted, out var reason) is not { } expected)
            {
                refused++;
                Assert.Equal(reason, results[i].Reason);
                Assert.Equal(reason, Assert.Throws<UnreadableImageException>(() => used.Predict(images.Describe(i))).Reason);
                continue;
            }
            read++;
            using var stream = File.OpenRead(images.Describe(i));
            foreach (var prediction in new[] { results[i].Value!, used.Predict(images.Describe(i)), used.Predict(stream) })
                Assert.All(prediction.Classes, given =>
                    Assert.Equal(expected[Array.IndexOf(RandomNetworks.Classes, given.Class)], given.Probability, 1e-4));
        }
        Assert.True(read >= 35 && refused >= 4, $"{read} files were read and {refused} refused");
    }

    private static float[]? Expected(ImageFolder images, int index, Foresee.Classifiers.Classifier fitted, out string? reason)
    {
        try
        {
            reason = null;
            return fitted.Probabilities(ImageTensors.Read(images, [index], fitted.Input)).ToArray<float>();
        }
        catch (UnreadableImageException error)
        {
            reason = error.Reason;
            return null;
        }
    }

    /// <summary>With an EXIF block that says how the picture lies: one field, 0x0112, behind the first two bytes of the file.</summary>
    private static byte[] Turned(int orientation)
    {
        var jpeg = File.ReadAllBytes(Path.Combine(Fixtures, "smooth.jpg"));
        byte[] field = [0x12, 1, 3, 0, 1, 0, 0, 0, (byte)orientation, 0, 0, 0];
        byte[] exif = [0xFF, 0xE1, 0, 34, .. "Exif\0\0"u8, .. "II*\0"u8, 8, 0, 0, 0, 1, 0, .. field, 0, 0, 0, 0];
        return [.. jpeg[..2], .. exif, .. jpeg[2..]];
    }
}
