using Foresee.Images;
using Foresee.Runs;

namespace Foresee.Cli;

/// <summary>
/// The fields of pretrain --json; losses in nats, accuracies 0 to 1, seconds over all starts of the run; null where no step was logged;
/// no report before the end.
/// </summary>
internal sealed record PretrainFields(
    string Run, string Data, long Images, int Skipped, int SixteenBit, bool Finished, long Step, double Seconds, double? Epoch,
    double? Loss, double? Chance, double? Accuracy, double? AccuracyChance, double? ImagesPerSecond, string? Report,
    IReadOnlyList<PassedOver> PassedOver, int WithMorePictures)
{
    public static PretrainFields Of(string folder, IImageSource images, PretrainResult result, string? report) => new(
        folder, images.Name, images.Count, result.Skipped.Count, result.SixteenBit, result.Finished, result.Step, result.Seconds,
        result.Last?.Epoch, result.Last?.Loss, result.Last?.ChanceLevel, result.Last?.Accuracy, result.Last?.AccuracyChanceLevel,
        result.Last?.ImagesPerSecond, report, images.PassedOver, result.WithMorePictures);
}
