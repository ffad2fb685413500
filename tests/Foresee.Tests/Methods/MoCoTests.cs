using Foresee.Losses;
using Foresee.Methods;
using Foresee.Torch;
using Foresee.Torch.Optimisers;

namespace Foresee.Tests.Methods;

public sealed class MoCoTests
{
    private static MoCoV2Options Small { get; } = new(MethodFixtures.Encoder)
    {
        HeadWidth = 16,
        Projection = 8,
        QueueLength = 12,
        NormGroups = 2,
        Momentum = 0.5,
    };

    [Fact]
    public void The_loss_and_its_gradient_are_PyTorchs() =>
        MethodFixtures.Compare("moco", t => QueueContrast.Of(t["q"], t["k"], t["queue"], 0.07).Loss);

    [Fact]
    public void Without_a_queue_the_loss_is_0()
    {
        using var scope = TensorScope.Begin();
        using var generator = new Generator(1);
        var q = NegativeCosine.Unit(Tensor.RandN([4, 6], generator));
        Assert.Equal(0, QueueContrast.Of(q, q, Tensor.Zeros([0, 6]), 0.1).Loss.ToDouble(), 1e-7);
    }

    [Fact]
    public void With_the_other_keys_of_the_batch_as_queue_it_is_InfoNCE()
    {
        using var scope = TensorScope.Begin();
        using var generator = new Generator(2);
        Tensor q = NegativeCosine.Unit(Tensor.RandN([5, 6], generator)), k = NegativeCosine.Unit(Tensor.RandN([5, 6], generator));
        var expected = InfoNce.Compute(q / 0.2, k, Tensor.Arange(5)).Loss.ToDouble();
        var sum = 0.0;
        for (var i = 0; i < 5; i++)
        {
            var others = k.IndexSelect(0, Tensor.From([.. Enumerable.Range(0, 5).Where(j => j != i).Select(j => (long)j)]));
            sum += QueueContrast.Of(q.Narrow(0, i, 1), k.Narrow(0, i, 1), others, 0.2).Loss.ToDouble();
        }
        Assert.Equal(expected, sum / 5, 1e-5);
    }

    /// <summary>By a list that keeps the last ones.</summary>
    [Fact]
    public void The_queue_holds_the_last_vectors_also_where_a_batch_does_not_divide_it_or_exceeds_it()
    {
        using var scope = TensorScope.Begin();
        using var queue = new VectorQueue(Tensor.Full([5, 1], -1));
        var expected = new List<float> { -1, -1, -1, -1, -1 };
        var next = 0f;
        foreach (var count in new[] { 2, 2, 3, 5, 7, 1 })
        {
            float[] batch = [.. Enumerable.Range(0, count).Select(_ => next++)];
            var before = queue.Vectors.ToArray<float>();
            queue.Hold(Tensor.From(batch, count, 1));
            Assert.Equal(before, queue.Vectors.ToArray<float>()); // not before the step is done
            queue.PutHeld();
            queue.PutHeld(); // nothing is held any more
            expected.AddRange(batch);
            Assert.Equal(expected[^5..].Order(), queue.Vectors.ToArray<float>().Order());
            Assert.Equal(next >= 5, queue.IsFull);
        }
    }

    [Fact]
    public void Ten_steps_with_a_momentum_of_1_leave_the_copy_as_it_was_and_with_0_it_is_the_network()
    {
        using var scope = TensorScope.Begin();
        foreach (var momentum in new[] { 1.0, 0 })
        {
            using var generator = new Generator(3);
            using var method = new MoCo(Small with { Momentum = momentum }, new(MethodFixtures.Input, generator, Device.Cpu));
            using var optimiser = new OptimiserOptions(OptimiserKind.Sgd, 0.1).Build(method.Network.Parameters());
            var learning = method.Network.Parameters().Select(t => t.Name["online.".Length..]).ToList();
            Dictionary<string, float[]> Copy(string part) => method.Network.State()
                .Where(t => t.Name.StartsWith(part + ".", StringComparison.Ordinal))
                .Select(t => (Name: t.Name[(part.Length + 1)..], t.Value)).Where(t => learning.Contains(t.Name))
                .ToDictionary(t => t.Name, t => t.Value.ToArray<float>());
            var first = Copy("copy");
            Assert.Equal(first, Copy("online"));
            for (var step = 1; step <= 10; step++)
            {
                optimiser.ZeroGrad();
                method.Loss(method.Prepare(Batches.Of(MethodFixtures.Images(4, generator)), generator)).Total.Backward();
                optimiser.Step();
                method.AfterStep(step, 10);
            }
            Assert.NotEqual(first, Copy("online"));
            Assert.Equal(momentum == 1 ? first : Copy("online"), Copy("copy"));
        }
    }

    [Fact]
    public void Keys_come_back_in_the_order_of_their_queries()
    {
        using var scope = TensorScope.Begin();
        using var generator = new Generator(4);
        using var method = new MoCo(Small with { NormGroups = 1, Momentum = 1 }, new(MethodFixtures.Input, generator, Device.Cpu));
        var (indices, tensors) = method.Prepare(Batches.Of(MethodFixtures.Images(8, generator)), generator);
        // the same view for both, no groups: whatever the order, each query is its key, and the score of it is 1 / τ
        var found = method.Loss(new(indices, tensors[0], tensors[0], tensors[2])).Metrics[0];
        Assert.Equal(("accuracy", 1.0 / 13), (found.Name, found.ChanceLevel!.Value));
        Assert.Equal(1, found.Value.ToDouble(), 1e-6);
    }
}
