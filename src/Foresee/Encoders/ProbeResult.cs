namespace Foresee.Encoders;

/// <summary>What an encoder is worth at one moment of its training, as an online probe measures it.</summary>
/// <param name="EffectiveRank">About how many directions its vectors use: 1 when all images look alike to it.</param>
/// <param name="Accuracy">Top-1 in 0..1 of nearest neighbours on labelled images; null without them.</param>
/// <param name="ChanceLevel">The accuracy of guessing among the classes; null without labelled images.</param>
public sealed record ProbeResult(double EffectiveRank, double? Accuracy, double? ChanceLevel);
