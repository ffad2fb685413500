namespace Foresee.Training;

/// <summary>What a run says about itself while it goes on; one of these per logged step.</summary>
/// <param name="Step">Optimiser steps done, counted from the first start of the run.</param>
/// <param name="Images">Images seen, counted from the first start of the run.</param>
/// <param name="Epoch">Passes over the data, with its fraction.</param>
/// <param name="Loss">Mean contrastive loss in nats since the last report.</param>
/// <param name="Chance">The loss of guessing: ln N for N candidates.</param>
/// <param name="Accuracy">Share of positions whose true patch scored highest, 0 to 1.</param>
/// <param name="AccuracyChance">The accuracy of guessing: 1/N.</param>
/// <param name="ImagesPerSecond">Since the last report.</param>
/// <param name="Elapsed">Time of this start of the program.</param>
/// <param name="Remaining">Time left at the current rate.</param>
/// <param name="WaitingShare">Share of the time since the last report in which training waited for images, 0 to 1.</param>
/// <param name="LearningRate">Of the last step.</param>
public sealed record TrainingProgress(
    long Step,
    long Images,
    double Epoch,
    double Loss,
    double Chance,
    double Accuracy,
    double AccuracyChance,
    double ImagesPerSecond,
    TimeSpan Elapsed,
    TimeSpan Remaining,
    double WaitingShare,
    double LearningRate);
