using System.Globalization;
using Foresee.Images;
using Foresee.Methods;
using Foresee.Torch;
using Foresee.Torch.Files;

namespace Foresee.Tests.Training;

/// <summary>Two real processes that share each batch against one that has it whole.</summary>
public sealed class RankTrainingTests : IDisposable
{
    private readonly string one = Directory.CreateTempSubdirectory("foresee-one").FullName;
    private readonly string two = Directory.CreateTempSubdirectory("foresee-two").FullName;

    public void Dispose()
    {
        Directory.Delete(one, recursive: true);
        Directory.Delete(two, recursive: true);
    }

    private static void Alone(string method, string folder, int steps = RankTraining.Steps)
    {
        using var operators = Engine.UseOperatorThreads(1);
        RankTraining.Train(method, folder, BatchShare.Whole, steps);
    }

    private static void Together(string method, string folder, int steps = RankTraining.Steps) =>
        RankProcesses.RunAll(2, method, folder, steps.ToString(CultureInfo.InvariantCulture));

    private static double[] Losses(string folder) => [.. File.ReadLines(RankTraining.Losses(folder, 0))
        .Select(line => double.Parse(line, CultureInfo.InvariantCulture))];

    [Theory]
    [InlineData("cpc-v2")]
    [InlineData("simclr")]
    [InlineData("moco-v2")]
    [InlineData("byol")]
    [InlineData("swav")]
    [InlineData("simsiam")]
    public void Two_ranks_of_half_the_batch_have_the_gradients_and_losses_of_one_with_all_of_it(string method)
    {
        Alone(method, one);
        Together(method, two);
        using var expected = Safetensors.Read(RankTraining.Gradients(one, 0));
        for (var rank = 0; rank < 2; rank++)
        {
            using var got = Safetensors.Read(RankTraining.Gradients(two, rank));
            Assert.Equal(expected.Tensors.Keys.Order(), got.Tensors.Keys.Order());
            foreach (var (name, gradient) in expected.Tensors)
            {
                var (a, b) = (gradient.ToArray<float>(), got.Tensors[name].ToArray<float>());
                var difference = a.Zip(b, (x, y) => Math.Abs(x - y)).Max();
                Assert.True(difference <= 1e-5 * Math.Max(1, a.Max(Math.Abs)), $"rank {rank}: the gradient of {name} differs by {difference}");
            }
        }
        var (whole, shared) = (Losses(one), Losses(two));
        Assert.Equal(RankTraining.Steps, whole.Length);
        Assert.Equal(RankTraining.Steps, shared.Length);
        Assert.True(whole.Max() - whole.Min() > 0.01, "the losses don't move, so they tell nothing");
        Assert.All(whole.Zip(shared), pair => Assert.Equal(pair.First, pair.Second, 1e-3));
    }

    [Theory]
    [InlineData("moco-v2")]
    [InlineData("swav")]
    public void All_ranks_end_with_the_same_weights_copies_and_queues(string method)
    {
        Together(method, two, steps: 12);
        using var scope = TensorScope.Begin();
        using var first = Safetensors.Read(RankTraining.Weights(two, 0));
        using var second = Safetensors.Read(RankTraining.Weights(two, 1));
        Assert.All(first.Tensors, tensor => Assert.Equal(tensor.Value.ToArray<double>(), second.Tensors[tensor.Key].ToArray<double>()));
    }

    [Fact]
    public void All_ranks_know_the_images_that_any_could_not_read()
    {
        File.WriteAllText(Path.Combine(two, RankTraining.DamagedFile), "");
        Together("simclr", two, steps: RankTraining.Count / RankTraining.Batch); // once all images
        for (var rank = 0; rank < 2; rank++)
            Assert.Equal(RankTraining.Damaged, File.ReadLines(RankTraining.Unreadable(two, rank)).Select(int.Parse).Order());
    }

    [Fact]
    public void A_run_goes_on_with_another_number_of_ranks_as_if_it_had_had_them_all_the_time()
    {
        Alone("simclr", one);
        Alone("simclr", two, steps: 20);
        Together("simclr", two, steps: 35); // one of the two asks to stop
        Alone("simclr", two);
        var (whole, parts) = (Losses(one), Losses(two));
        Assert.Equal(RankTraining.Steps, parts.Length);
        Assert.All(whole.Zip(parts), pair => Assert.Equal(pair.First, pair.Second, 1e-3));
    }

    [Fact]
    public void Parts_of_a_batch_are_the_whole_batch_without_overlap()
    {
        using var whole = new ImageLoader(new NoiseImages(30), new() { BatchSize = 6, Seed = 1 });
        ImageLoader[] parts = [.. Enumerable.Range(0, 3).Select(part =>
            new ImageLoader(new NoiseImages(30), new() { BatchSize = 6, Seed = 1, Part = part, Parts = 3 }))];
        var shares = parts.Select(loader => loader.Batches().Take(12).Select(Seen).ToArray()).ToArray();
        foreach (var (step, batch) in whole.Batches().Take(12).Select(Seen).Index())
        {
            Assert.Equal(batch.Indices, shares.SelectMany(share => share[step].Indices));
            Assert.All(shares, share => Assert.Equal(batch.Next, share[step].Next));
        }
        foreach (var loader in parts) loader.Dispose();
    }

    private static (int[] Indices, LoaderPosition Next) Seen(ImageBatch batch)
    {
        using (batch) return (batch.Indices, batch.Next);
    }

    [Fact]
    public void A_batch_that_ranks_can_not_share_is_refused()
    {
        var error = Assert.Throws<ImageDataException>(() => new ImageLoader(new NoiseImages(30), new() { BatchSize = 7, Parts = 2 }));
        Assert.Contains("it must divide BatchSize, 7", error.Message, StringComparison.Ordinal);
    }
}
