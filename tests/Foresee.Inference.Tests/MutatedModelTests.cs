using System.Diagnostics;
using System.Text;
using Foresee.Images;
using Foresee.Tests;

namespace Foresee.Inference.Tests;

/// <summary>
/// Models with bytes changed, left out, doubled and exchanged at random, in the file, in the description or in the references: each is
/// refused, or computes. A few seconds by default (<see cref="Mutation"/>); FORESEE_FUZZ_MODEL names a fitted model to change as well.
/// </summary>
public sealed class MutatedModelTests : IDisposable
{
    private const long MostMemory = 2000L << 20;
    private readonly string folder = Directory.CreateTempSubdirectory("foresee-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void A_changed_model_is_refused_or_computes()
    {
        var (random, start) = (new Random(Mutation.Seed), Stopwatch.GetTimestamp());
        var (refused, computed) = (0, 0);
        var whole = Environment.GetEnvironmentVariable("FORESEE_FUZZ_MODEL") is { Length: > 0 } path
            ? File.ReadAllBytes(Path.Combine(path, ModelDescription.ModelFile)) : null;
        var image = new Image(9, 7, 3, [.. Enumerable.Range(0, 9 * 7 * 3).Select(i => (byte)(i * 5))]);
        do
        {
            var file = whole is not null && random.Next(4) == 0 ? Mutation.Of(whole, random) : Changed(random);
            File.WriteAllBytes(Path.Combine(folder, ModelDescription.ModelFile), file);
            var began = Stopwatch.GetTimestamp();
            try
            {
                using var classifier = Classifier.Load(folder, new() { Threads = 1 });
                var prediction = classifier.Predict(image);
                Assert.Equal(1, prediction.Classes.Sum(entry => entry.Probability), 0.01);
                computed++;
            }
            catch (Exception error) when (error is InvalidDataException or UnreadableImageException)
            {
                Assert.DoesNotContain("Exception of type", error.Message, StringComparison.Ordinal);
                refused++;
            }
            catch (Exception error) when (error is not Xunit.Sdk.IAssertionException)
            {
                Assert.Fail($"{error.GetType()}: {error.Message} for {Convert.ToBase64String(file)}");
            }
            Assert.True(Stopwatch.GetElapsedTime(began).TotalSeconds < 20, $"slow: {Convert.ToBase64String(file)}");
        } while (Stopwatch.GetElapsedTime(start).TotalMinutes < Mutation.Minutes);
        Assert.True(refused > 10 && computed > 10, $"{refused} refused, {computed} computed");
        var memory = Process.GetCurrentProcess().WorkingSet64;
        Assert.True(memory < MostMemory, $"{memory >> 20} MiB after {refused + computed} models");
        Mutation.Tell("models", $"{refused} refused, {computed} computed; {memory >> 20} MiB");
    }

    private static byte[] Changed(Random random)
    {
        var model = new TinyModel(["apple", "pear"]) { References = new([1, 0, 0, 0, 1, 0, 0, 0, 1], [0, 1, -1]) };
        model.Description = model.Description with
        {
            Novelty = new(2, 0.5, 0.95),
            Conformal = new([0.1, 0.2, 0.7]),
            References = ["a.png", "b.png", "c.png"],
            Tried = [new("none", "linear", 71, 60, 80, 3, null)],
        };
        switch (random.Next(3))
        {
            case 0:
                model.Metadata[ModelDescription.MetadataKey] = Text(model.Description.ToJson());
                return model.Bytes();
            case 1:
                var references = Convert.FromBase64String(model.References.ToText());
                model.Metadata[ModelDescription.ReferencesKey] = Convert.ToBase64String(Mutation.Of(references, random));
                return model.Bytes();
            default:
                return Mutation.Of(model.Bytes(), random);
        }

        string Text(string words) => Encoding.UTF8.GetString(Mutation.Of(Encoding.UTF8.GetBytes(words), random));
    }
}
