using Foresee.Encoders;
using Foresee.Images;
using Foresee.Labels;
using Foresee.Studies.FewShot;
using Foresee.Tests.Evaluation;
using Foresee.Torch;

namespace Foresee.Tests.Studies.FewShot;

public sealed class FewShotTests
{
    private static readonly int[][] classes = [[0, 1, 2, 3, 4], [5, 6, 7, 8, 9], [10, 11], [12, 13, 14, 15, 16, 17]];

    [Fact]
    public void Episodes_take_classes_with_enough_images_and_no_image_twice()
    {
        var seen = new HashSet<int>();
        for (var number = 0; number < 50; number++)
        {
            var episode = Episode.Draw(classes, 2, 2, 3, 7, number);
            int[] all = [.. episode.Support, .. episode.Query];
            Assert.Equal(10, all.Distinct().Count());
            Assert.DoesNotContain(all, place => place is 10 or 11); // a class of two
            for (var way = 0; way < 2; way++)
                Assert.Single(episode.Support.Skip(2 * way).Take(2).Concat(episode.Query.Skip(3 * way).Take(3))
                    .Select(place => Array.FindIndex(classes, members => members.Contains(place))).Distinct());
            seen.UnionWith(all);
            Assert.Equal(episode.Query, Episode.Draw(classes, 2, 1, 3, 7, number).Query); // the same questions for any number of shots
        }
        Assert.Equal(16, seen.Count);
    }

    [Fact]
    public void Scores_are_those_of_plain_loops()
    {
        using var scope = TensorScope.Begin();
        using var generator = new Generator(1);
        const int Ways = 3, Shots = 2, Width = 4;
        var (support, query) = (Tensor.RandN([Ways * Shots, Width], generator), Tensor.RandN([5, Width], generator));
        float[] s = support.ToArray<float>(), q = query.ToArray<float>();
        var prototypes = FewShotScores.Of(FewShotHead.Prototypes, support, query, Ways).ToArray<float>();
        var matching = FewShotScores.Of(FewShotHead.Matching, support, query, Ways).ToArray<float>();
        double Cosine(int i, int j)
        {
            double both = 0, one = 0, other = 0;
            for (var k = 0; k < Width; k++)
            {
                both += q[i * Width + k] * s[j * Width + k];
                one += q[i * Width + k] * q[i * Width + k];
                other += s[j * Width + k] * s[j * Width + k];
            }
            return both / Math.Sqrt(one * other);
        }
        for (var i = 0; i < 5; i++)
        {
            var whole = Enumerable.Range(0, Ways * Shots).Sum(j => Math.Exp(Cosine(i, j)));
            for (var way = 0; way < Ways; way++)
            {
                var squared = 0.0;
                for (var k = 0; k < Width; k++)
                {
                    var mean = Enumerable.Range(way * Shots, Shots).Average(j => s[j * Width + k]);
                    squared += (q[i * Width + k] - mean) * (q[i * Width + k] - mean);
                }
                Assert.Equal(-squared, prototypes[i * Ways + way], 1e-4);
                var share = Enumerable.Range(way * Shots, Shots).Sum(j => Math.Exp(Cosine(i, j))) / whole;
                Assert.Equal(Math.Log(share), matching[i * Ways + way], 1e-5);
            }
        }
    }

    [Fact]
    public void A_plan_that_the_images_are_too_few_for_says_how_many_there_are()
    {
        var error = Assert.Throws<ArgumentException>(() => new FewShotPlan(3, [1, 4]) { Queries = 2 }.Validate([5, 5, 2, 6]));
        Assert.Equal("3 classes of 4 labelled and 2 other images are needed for an episode; 1 of 4 classes have 6 or more. "
            + "Ask for fewer --ways, --shots or --queries, or add images.", error.Message);
    }

    /// <summary>Stripes across or along, wide or narrow, under noise: a random network hardly tells them, episodes teach it.</summary>
    [Theory]
    [InlineData(FewShotHead.Prototypes)]
    [InlineData(FewShotHead.Matching)]
    public void Episodes_of_some_classes_teach_to_tell_others(FewShotHead head)
    {
        var (known, others) = (Stripes([2, 3, 5, 8], 24), Stripes([4, 6], 24));
        var input = new InputFormat(16, 16, 1) { Mean = [0.5], Std = [0.3] };
        using var generator = new Generator(1);
        using var encoder = new ConvEncoder(new(8, [1, 1], ResidualOrder.PreActivation, ConvStem.Medium), input, generator);
        var plan = new FewShotPlan(4, [1]) { Queries = 5, Episodes = 60 };
        encoder.Train(false);
        var before = Accuracy(encoder, others, plan, head);
        using (var scope = TensorScope.Begin())
        {
            var losses = new List<double>();
            EpisodicTraining.Fit(encoder, ImageTensors.ReadAll(known.Images, input), known,
                new(head, 1) { Steps = 120, Queries = 4, LearningRate = 3e-3 }, 3, step => losses.Add(step.Loss));
            Assert.True(losses[^1] < losses[0], $"{losses[0]} became {losses[^1]}");
        }
        var after = Accuracy(encoder, others, plan, head);
        Assert.True(after > Math.Max(before, 45), $"{before} % became {after} %"); // chance 25 %
    }

    /// <summary>Of three classes one is too small for an episode of learning: the others do, though 20 ways are the usual most.</summary>
    [Fact]
    public void Classes_that_are_too_small_are_not_learnt_from_and_not_asked()
    {
        var all = Stripes([2, 5], 12);
        var uneven = all.Only([.. Enumerable.Range(0, 28)], "uneven"); // 12, 12 and 4 images
        var input = new InputFormat(16, 16, 1) { Mean = [0.5], Std = [0.3] };
        using var generator = new Generator(1);
        using var encoder = new ConvEncoder(new(8, [1, 1], ResidualOrder.PreActivation, ConvStem.Medium), input, generator);
        using var scope = TensorScope.Begin();
        EpisodicTraining.Fit(encoder, ImageTensors.ReadAll(uneven.Images, input), uneven, new(FewShotHead.Prototypes, 1) { Steps = 2 }, 3);

        // One shot asks the same classes whether it stands alone among such images or beside more shots.
        using var reading = TrainedEncoder.Of(encoder, Device.Cpu);
        double One(LabelledImages images)
        {
            using var trial = new FewShotTrial(reading, images, new FewShotPlan(2, [1, 6]) { Queries = 3, Episodes = 20 }, scaled: false);
            return trial.Run(FewShotHead.Prototypes, 1).Accuracy.Mean;
        }
        Assert.Equal(One(all.Only([.. Enumerable.Range(0, 24)], "two")), One(uneven));
    }

    private static double Accuracy(ConvEncoder encoder, LabelledImages images, FewShotPlan plan, FewShotHead head)
    {
        using var reading = TrainedEncoder.Of(encoder, Device.Cpu);
        using var trial = new FewShotTrial(reading, images, plan, scaled: false);
        var outcome = trial.Run(head, 1);
        Assert.NotNull(outcome.Accuracy.HalfWidth);
        return outcome.Accuracy.Mean;
    }

    /// <summary>Two classes of each period, in both directions.</summary>
    private static LabelledImages Stripes(int[] periods, int each)
    {
        int[] labels = [.. Enumerable.Range(0, 2 * periods.Length * each).Select(i => i / each)];
        var random = new Random(5);
        var shifts = Array.ConvertAll(labels, _ => random.Next(100));
        return new(new PaintedImages(labels.Length, 16, (i, pixels) =>
        {
            var noise = new Random(i);
            for (var p = 0; p < pixels.Length; p++)
            {
                var along = labels[i] % 2 == 0 ? p % 16 : p / 16;
                var light = (along + shifts[i]) % periods[labels[i] / 2] * 2 < periods[labels[i] / 2];
                pixels[p] = (byte)((light ? 190 : 60) + noise.Next(-55, 56));
            }
        }), labels, [.. Enumerable.Range(0, 2 * periods.Length).Select(c => $"{c}")]);
    }
}
