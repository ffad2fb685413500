namespace Foresee.Detection;

/// <summary>What one logged step of a detector's training measured; losses as in <see cref="DetectorLoss"/>.</summary>
/// <param name="Images">Image passes so far.</param>
/// <param name="Epoch">Passes over the images, with their fraction.</param>
/// <param name="GradientNorm">Before clipping.</param>
/// <param name="ImagesPerSecond">Since the record before.</param>
/// <param name="Seconds">Of training, over all resumed parts.</param>
public sealed record DetectorStep(long Step, long Steps, long Images, double Epoch, double Loss, double Objectness, double Proposals,
    double Classes, double Boxes, double LearningRate, double GradientNorm, double ImagesPerSecond, double Seconds);

/// <summary>A training went wrong for good; the message says what to change.</summary>
public sealed class DetectorException(string message) : Exception(message);
