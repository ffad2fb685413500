namespace Foresee.Fitting;

/// <summary>
/// What was measured on other images, in points of accuracy above a linear probe on an own encoder, by labels per class: what is expected
/// before the labels at hand have been asked. docs/fitting.md says from which tables of docs/results.md each row comes.
/// </summary>
public static class PriorGains
{
    /// <summary>Standard deviation of a start's gain from one set of images to another, in points.</summary>
    public const double StartSpread = 6;

    /// <summary>Likewise of a protocol's gain on one start.</summary>
    public const double ProtocolSpread = 2;

    private static readonly double[] Labels = [1, 5, 10, 50, 250, 1000];

    private static readonly Dictionary<string, double[]> OnOwn = new()
    {
        ["linear"] = [0, 0, 0, 0, 0, 0],
        ["self-trained"] = [-1, 0, 0, -0.5, -1, -1],
        ["label-spreading"] = [3, 3.5, 2, 0, -3, -4.5],
        ["fine-tuned"] = [-3, 0, 0.5, 2.8, 5, 5],
        ["semi-supervised"] = [-3, 0, 2, 4.3, 5, 5],
    };

    private static readonly Dictionary<string, double[]> OnPretrained = new()
    {
        ["linear"] = [0, 0, 0, 0, 0, 0],
        ["self-trained"] = [2, 2, 2, 0.9, 0.5, 0],
        ["label-spreading"] = [2, 2, 1.3, -0.6, -3, -4],
        ["fine-tuned"] = [-3, 0, 2, 1.5, 3, 4],
        ["semi-supervised"] = [-3, 0, 2, 3, 4, 5],
    };

    private static readonly double[] Pixels = [-12, -10, -8, 0.5, 4, 7], Photographs = [12, 12, 12, 10, 6, 4];
    private const double Dictionary = -2, Grey = 0;

    /// <param name="protocol">Its name; one that is not known gains nothing.</param>
    /// <param name="channels">Of the images: weights from colour photographs help less on grey ones.</param>
    public static double Of(StartKind kind, string protocol, double labelsPerClass, int channels)
    {
        double At(double[] gains) => Between(gains, labelsPerClass);
        double On(Dictionary<string, double[]> gains) => gains.TryGetValue(protocol, out var row) ? At(row) : 0;
        return kind switch
        {
            StartKind.Pixels => At(Pixels),
            StartKind.Pretrained => (channels == 3 ? At(Photographs) : Grey) + On(OnPretrained),
            StartKind.Dictionary => Dictionary + On(OnOwn),
            _ => On(OnOwn),
        };
    }

    /// <summary>Straight between the columns over the logarithm of the labels, level beyond them.</summary>
    private static double Between(double[] gains, double labelsPerClass)
    {
        var at = Math.Clamp(labelsPerClass, Labels[0], Labels[^1]);
        var right = Math.Max(1, Array.FindIndex(Labels, labels => labels >= at));
        var share = Math.Log(at / Labels[right - 1]) / Math.Log(Labels[right] / Labels[right - 1]);
        return gains[right - 1] + share * (gains[right] - gains[right - 1]);
    }
}
