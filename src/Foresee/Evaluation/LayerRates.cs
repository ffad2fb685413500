using Foresee.Encoders;
using Foresee.Torch.Layers;
using Foresee.Torch.Optimisers;

namespace Foresee.Evaluation;

/// <summary>Optimisers of an encoder and the head on it, with learning rates of their own (Howard and Ruder 2018).</summary>
internal static class LayerRates
{
    /// <summary>One AdamW for the head and one for each block of the encoder, the learning rate falling towards the pixels.</summary>
    /// <param name="cycle">Of shares of each rate.</param>
    public static List<RateGroup> Groups(TrainedEncoder encoder, Module head, FineTuningOptions options, OneCycle cycle)
    {
        var groups = Of(head.Parameters(), options.LearningRate, options.WeightDecay, cycle).ToList();
        if (options.EncoderRate == 0) return groups;
        var rate = options.LearningRate * options.EncoderRate;
        foreach (var block in encoder.Parameters().GroupBy(Block).Reverse())
        {
            groups.AddRange(Of(block, rate, options.WeightDecay, cycle));
            rate *= options.LayerRate;
        }
        return groups;
    }

    /// <summary>AdamW of one rate; weight decay pulls matrices and kernels, not norms and biases.</summary>
    public static IEnumerable<RateGroup> Of(IEnumerable<NamedTensor> parameters, double rate, double decay, OneCycle cycle) =>
        parameters.ToLookup(p => p.Value.Dimensions > 1).Select(kind =>
            new RateGroup(new AdamW(kind, rate, beta2: 0.99, weightDecay: kind.Key ? decay : 0), step => rate * cycle.At(step)));

    /// <summary>"blocks.2.conv1.weight" is of block "blocks.2", "stem.weight" of "stem".</summary>
    private static string Block(NamedTensor parameter) =>
        string.Join('.', parameter.Name.Split('.').TakeWhile((part, i) => i == 0 || int.TryParse(part, out _)));
}
