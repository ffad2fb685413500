using Foresee.Images;
using Foresee.Tests;

namespace Foresee.Inference.Tests;

/// <summary>Many images, many threads, an early end.</summary>
public sealed class ManyImagesTests : IDisposable
{
    private static readonly string[] Classes = ["apple", "pear"];
    private readonly string folder = Directory.CreateTempSubdirectory("foresee-").FullName;
    private readonly TinyModel model = new(Classes);

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private Classifier Load() => Classifier.Load(model.Write(Path.Combine(folder, "model.onnx")));

    private static Image Picture(int seed)
    {
        var pixels = new byte[60];
        new Random(seed).NextBytes(pixels);
        return new(5, 4, 3, pixels);
    }

    private string[] Files(int count)
    {
        var paths = Enumerable.Range(0, count).Select(i => Path.Combine(folder, $"{i}.png")).ToArray();
        for (var i = 0; i < count; i++) File.WriteAllBytes(paths[i], ImageFile.EncodePng(Picture(i)));
        return paths;
    }

    private void AssertExpected(int seed, Prediction prediction)
    {
        var expected = model.Expected(Picture(seed)).Probabilities;
        foreach (var (name, probability) in prediction.Classes) Assert.Equal(expected[Array.IndexOf(Classes, name)], probability, 1e-5);
    }

    [Fact]
    public void Files_come_back_in_their_order_each_with_its_own()
    {
        using var classifier = Load();
        var paths = Files(150);
        var results = classifier.PredictAll(paths, threads: 4).ToList();
        Assert.Equal(paths, results.Select(result => result.Name));
        for (var i = 0; i < paths.Length; i++) AssertExpected(i, results[i].Value!);
        var vectors = classifier.FeaturesOfAll(paths).ToList();
        for (var i = 0; i < paths.Length; i++)
            Assert.All(vectors[i].Value!.Zip(model.Expected(Picture(i)).Features), pair => Assert.Equal(pair.Second, pair.First, 1e-5));
    }

    [Fact]
    public void What_cannot_be_read_has_its_place_and_reason()
    {
        using var classifier = Load();
        var paths = Files(70);
        File.WriteAllText(paths[0], "no image");
        File.WriteAllBytes(paths[33], File.ReadAllBytes(paths[33])[..40]);
        File.Delete(paths[69]);
        var results = classifier.PredictAll(paths).ToList();
        Assert.Equal(paths, results.Select(result => result.Name));
        Assert.Equal([0, 33, 69], results.Index().Where(result => result.Item.Value is null).Select(result => result.Index));
        Assert.Equal("it is text, not an image", results[0].Reason);
        Assert.Equal("there is no such file", results[69].Reason);
        Assert.All(results, result => Assert.Equal(result.Value is null, result.Reason is not null));
        AssertExpected(34, results[34].Value!);
    }

    [Fact]
    public void None_that_can_be_read_are_told_like_some()
    {
        using var classifier = Load();
        Assert.All(classifier.PredictAll([Path.Combine(folder, "a"), Path.Combine(folder, "b")]), result => Assert.Null(result.Value));
        Assert.Empty(classifier.PredictAll(Array.Empty<string>()));
    }

    /// <summary>As a pipe does: the next path comes when the answer to the last was seen.</summary>
    [Fact]
    public void A_list_that_waits_for_its_answers_is_answered()
    {
        using var classifier = Load();
        using var answered = new SemaphoreSlim(1);
        var paths = Files(5);
        IEnumerable<string> Slow()
        {
            foreach (var path in paths)
            {
                Assert.True(answered.Wait(TimeSpan.FromSeconds(30)), "the answer did not come");
                yield return path;
            }
        }
        var seen = 0;
        foreach (var result in classifier.PredictAll(Slow()))
        {
            AssertExpected(seen++, result.Value!);
            answered.Release();
        }
        Assert.Equal(5, seen);
    }

    [Fact]
    public void A_list_without_end_is_read_no_further_than_needed()
    {
        using var classifier = Load();
        var (path, asked) = (Files(1)[0], 0);
        IEnumerable<string> Endless()
        {
            for (; ; asked++) yield return path;
        }
        Assert.Equal(1000, classifier.PredictAll(Endless()).Take(1000).Count());
        Assert.InRange(asked, 1000, 1000 + 10 * Classifier.BatchSize);
    }

    [Fact]
    public void An_error_of_the_list_is_the_callers()
    {
        using var classifier = Load();
        var path = Files(1)[0];
        IEnumerable<string> Broken()
        {
            yield return path;
            throw new IOException("the list broke off");
        }
        using var results = classifier.PredictAll(Broken()).GetEnumerator();
        Assert.True(results.MoveNext());
        Assert.Equal("the list broke off", Assert.Throws<IOException>(() => results.MoveNext()).Message);
    }

    [Fact]
    public void Stopped_is_stopped()
    {
        using var classifier = Load();
        using var stop = new CancellationTokenSource();
        var (path, seen) = (Files(1)[0], 0);
        Assert.ThrowsAny<OperationCanceledException>(() =>
        {
            foreach (var result in classifier.PredictAll(Enumerable.Repeat(path, int.MaxValue), cancel: stop.Token))
                if (++seen == 100) stop.Cancel();
        });
        Assert.InRange(seen, 100, 100 + Classifier.BatchSize);
        Assert.ThrowsAny<OperationCanceledException>(() => classifier.Predict(Picture(0), stop.Token));
        Assert.ThrowsAny<OperationCanceledException>(() => classifier.Features([Picture(0)], stop.Token));
    }

    [Fact]
    public void Many_threads_at_once_get_what_one_gets()
    {
        using var classifier = Load();
        Parallel.For(0, 600, new ParallelOptions { MaxDegreeOfParallelism = 16 }, i =>
        {
            if (i % 2 == 0) AssertExpected(i % 50, classifier.Predict(Picture(i % 50)));
            else
                foreach (var (prediction, at) in classifier.Predict([Picture(i % 50), Picture(i % 50 + 1)]).Select((one, at) => (one, at)))
                    AssertExpected(i % 50 + at, prediction);
        });
    }

    [Fact]
    public async Task Disposed_while_others_compute_it_lives_until_they_are_done()
    {
        for (var round = 0; round < 8; round++)
        {
            var classifier = Load();
            using var started = new CountdownEvent(4);
            var threads = Enumerable.Range(0, 4).Select(_ => Task.Run(() =>
            {
                started.Signal();
                for (var i = 0; ; i++)
                    try
                    {
                        AssertExpected(i % 50, classifier.Predict(Picture(i % 50)));
                    }
                    catch (ObjectDisposedException)
                    {
                        return; // at a call that began later
                    }
            })).ToArray();
            started.Wait();
            classifier.Dispose();
            classifier.Dispose();
            await Task.WhenAll(threads).WaitAsync(TimeSpan.FromSeconds(60));
            Assert.Throws<ObjectDisposedException>(() => classifier.Predict(Picture(0)));
        }
    }

    /// <summary>Resident memory, which native code takes from, too.</summary>
    [Fact]
    public void Memory_stays_flat_over_many_predictions()
    {
        using var classifier = Load();
        var path = Files(1)[0];
        void Predict(int count)
        {
            foreach (var result in classifier.PredictAll(Enumerable.Repeat(path, count))) Assert.NotNull(result.Value);
            for (var i = 0; i < count / 10; i++) classifier.Predict(Picture(i));
            GC.Collect();
            GC.WaitForPendingFinalizers();
            GC.Collect();
        }
        Predict(3_000);
        var before = Environment.WorkingSet;
        Predict(9_000);
        var grown = (Environment.WorkingSet - before) / (1024.0 * 1024);
        Assert.True(grown < 36, $"{grown:0} MiB more after 9,000 further predictions"); // 4 kB of each would be too much
    }

    [Fact]
    public void Loading_again_and_again_gives_its_memory_back()
    {
        void Load(int count)
        {
            for (var i = 0; i < count; i++) this.Load().Dispose();
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }
        Load(20);
        var before = Environment.WorkingSet;
        Load(100);
        Assert.True((Environment.WorkingSet - before) / (1024.0 * 1024) < 40);
    }
}
