namespace Foresee.Fitting;

/// <summary>
/// The temperature that is expected of a classifier before its own held-out images have been asked: put down by hand after what made
/// probabilities as sure as right on EuroSAT, Image网 and CIFAR-10 (docs/log.md, 2026-11-30).
/// </summary>
/// <param name="Centre">About its median.</param>
/// <param name="Spread">About the standard deviation of its logarithm from one set of images to another.</param>
public readonly record struct UsualTemperature(double Centre, double Spread)
{
    /// <param name="protocol">Its name.</param>
    public static UsualTemperature Of(StartKind kind, string protocol) => (kind, protocol) switch
    {
        (_, "linear") => new(1, 0.25),
        (StartKind.Pretrained, "self-trained") => new(1.2, 0.25),
        (_, "self-trained") => new(2.3, 0.5),
        (_, "label-spreading") => new(1.1, 0.25),
        _ => new(1, 0.5), // not measured
    };
}
