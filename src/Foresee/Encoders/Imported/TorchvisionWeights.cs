using System.Text.RegularExpressions;
using Foresee.Images;
using Foresee.Torch;

namespace Foresee.Encoders.Imported;

/// <summary>
/// A ResNet-18, 34 or 50 under torchvision's names (conv1, bn1, layer1.0.conv1, layer2.0.downsample.0), as timm and others use them, too:
/// the architecture is read off names and shapes.
/// </summary>
internal static partial class TorchvisionWeights
{
    private const string Stem = "conv1.weight", FirstBlock = "layer1.0.conv1.weight", Tracked = "num_batches_tracked";
    private static readonly string[] Heads = ["fc.", "head.", "classifier."];

    /// <summary>What torchvision's weights were trained with: 224 x 224 px, RGB of 0 to 1, mean and std of ImageNet.</summary>
    public static InputFormat ImageNetInput { get; } = new(224, 224, 3)
    {
        Small = SmallImages.Enlarge,
        Mean = [0.485, 0.456, 0.406],
        Std = [0.229, 0.224, 0.225],
    };

    [GeneratedRegex(@"^layer(\d+)\.(\d+)\.conv1\.weight$")]
    private static partial Regex FirstOfBlock();

    /// <summary>Whether the names are those of such a network, perhaps behind a prefix.</summary>
    public static bool Has(IEnumerable<string> names) => PrefixOf(names) is not null;

    /// <param name="input">How images reach it; null for what torchvision's weights were trained with.</param>
    /// <exception cref="InvalidDataException">Tensors are missing, left over or of another shape; all are named.</exception>
    public static ConvEncoder Read(string path, IReadOnlyDictionary<string, Tensor> tensors, InputFormat? input = null)
    {
        using var scope = TensorScope.Begin();
        var state = Bare(tensors);
        var stem = state[Stem];
        var blocks = state.Keys.Select(name => FirstOfBlock().Match(name)).Where(match => match.Success)
            .GroupBy(match => match.Groups[1].Value, StringComparer.Ordinal).OrderBy(stage => stage.Key, StringComparer.Ordinal)
            .Select(stage => stage.Count()).ToArray();
        if (stem.Dimensions != 4 || blocks.Length == 0)
            throw new InvalidDataException($"{path}: this is no ResNet under torchvision's names; its tensors are "
                + $"{string.Join(", ", tensors.Keys.Take(10))} and so on.");
        var bottlenecks = state.ContainsKey("layer1.0.conv3.weight");
        var (outputs, channels, kernel) = ((int)stem.Size(0), (int)stem.Size(1), (int)stem.Size(2));
        var options = new ConvEncoderOptions(outputs, blocks, ResidualOrder.Plain, kernel == 3 ? ConvStem.Small : ConvStem.Large)
        {
            Bottlenecks = bottlenecks,
        };
        input ??= kernel == 3 ? ImageNetInput with { Height = 32, Width = 32 } : ImageNetInput;
        if (channels != input.Channels) input = input with { Channels = channels, Mean = [], Std = [] };
        ConvEncoder? encoder = null;
        try
        {
            using var generator = new Generator(0);
            encoder = new(options, input, generator);
            foreach (var own in encoder.Buffers())
                if (own.Name.EndsWith(Tracked, StringComparison.Ordinal)) state.TryAdd(own.Name, own.Value); // not used, often left out
            encoder.Load(state);
            encoder.Train(false);
            return encoder;
        }
        catch (Exception error) when (error is ArgumentException or TorchException)
        {
            encoder?.Dispose();
            throw new InvalidDataException($"{path}: {error.Message}", error);
        }
    }

    /// <summary>Without a common prefix ("module.", "backbone.") and without the classifier's last layer, as Float32.</summary>
    private static Dictionary<string, Tensor> Bare(IReadOnlyDictionary<string, Tensor> tensors)
    {
        var prefix = PrefixOf(tensors.Keys)!;
        return tensors.Where(tensor => !Heads.Any(head => tensor.Key.StartsWith(prefix + head, StringComparison.Ordinal)
                || tensor.Key.StartsWith(head, StringComparison.Ordinal)))
            .ToDictionary(tensor => tensor.Key.StartsWith(prefix, StringComparison.Ordinal) ? tensor.Key[prefix.Length..] : tensor.Key,
                tensor => tensor.Value.DType.IsFloatingPoint() ? tensor.Value.To(DType.Float32) : tensor.Value);
    }

    private static string? PrefixOf(IEnumerable<string> names)
    {
        var all = names.ToHashSet();
        return all.Where(name => name.EndsWith(FirstBlock, StringComparison.Ordinal)).Select(name => name[..^FirstBlock.Length])
            .FirstOrDefault(prefix => all.Contains(prefix + Stem) && (prefix.Length == 0 || prefix[^1] == '.'));
    }
}
