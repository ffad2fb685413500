using Foresee.Evaluation.Protocols;
using Foresee.Torch;

namespace Foresee.Tests.Evaluation;

public sealed class NearestClassMeanTests
{
    [Fact]
    public void Probabilities_equal_a_slow_loop()
    {
        using var scope = TensorScope.Begin();
        const double temperature = 0.2;
        int[] labels = [.. LinearProbeTests.Turns(40), 0, 0, 0, 2]; // classes of different size
        var (features, test) = (LinearProbeTests.Clouds(labels.Length, 0.8, 1), LinearProbeTests.Clouds(50, 0.8, 2));
        using var head = ClassMeans.Fit(features, labels, 3, temperature);
        var rows = features.ToArray<float>().Chunk(4).ToArray();
        var expected = new List<double>();
        foreach (var x in test.ToArray<float>().Chunk(4))
        {
            var scores = new double[3];
            for (var c = 0; c < 3; c++)
            {
                var (dot, length, own, members) = (0.0, 0.0, 0.0, labels.Count(label => label == c));
                for (var k = 0; k < 4; k++)
                {
                    var mean = 0.0;
                    for (var i = 0; i < labels.Length; i++) mean += labels[i] == c ? rows[i][k] : 0;
                    mean /= members;
                    (dot, length, own) = (dot + mean * x[k], length + mean * mean, own + x[k] * x[k]);
                }
                scores[c] = Math.Exp(dot / Math.Sqrt(length * own) / temperature);
            }
            expected.AddRange(scores.Select(score => score / scores.Sum()));
        }
        Assert.All(expected.Zip(head.Forward(test).ToArray<float>()), pair => Assert.Equal(pair.First, pair.Second, 1e-5));
    }

    [Fact]
    public void A_class_without_labels_is_never_the_most_probable()
    {
        using var scope = TensorScope.Begin();
        using var head = ClassMeans.Fit(LinearProbeTests.Clouds(30, 0.3, 3), LinearProbeTests.Turns(30), 4, 0.1);
        var away = LinearProbeTests.Clouds(60, 0.3, 4) * -1; // every cosine is below zero
        Assert.DoesNotContain(3L, head.Forward(away).ArgMax(1).ToArray<long>());
    }
}
