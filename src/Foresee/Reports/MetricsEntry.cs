using System.Text.Json;
using System.Text.Json.Serialization;

namespace Foresee.Reports;

/// <summary>One line of metrics.jsonl. Fields that a run does not have stay out of the file.</summary>
/// <param name="Step">Optimiser steps done since the first start of the run.</param>
/// <param name="Epoch">Passes over the data, with its fraction.</param>
/// <param name="Loss">Contrastive loss in nats.</param>
/// <param name="ImagesPerSecond">Since the line before.</param>
public sealed record MetricsEntry(long Step, double Epoch, double Loss, double ImagesPerSecond)
{
    public long? Images { get; init; }

    /// <summary>The loss of guessing: ln N for N candidates.</summary>
    public double? Chance { get; init; }

    /// <summary>Share of positions whose true patch scored highest, 0 to 1, over all directions and offsets.</summary>
    public double? Accuracy { get; init; }

    /// <summary>The accuracy of guessing: 1/N.</summary>
    public double? AccuracyChance { get; init; }

    /// <summary>Direction -> offset in rows -> accuracy, 0 to 1; for instance "down" -> "2" -> 0.31.</summary>
    public IReadOnlyDictionary<string, IReadOnlyDictionary<string, double>>? Accuracies { get; init; }

    /// <summary>Whatever else the method measures, by name; for instance "output std" of SimSiam.</summary>
    public IReadOnlyDictionary<string, double>? Metrics { get; init; }

    public double? LearningRate { get; init; }

    /// <summary>Before clipping.</summary>
    public double? GradientNorm { get; init; }

    /// <summary>Training time since the first start of the run, pauses not counted.</summary>
    public double? Seconds { get; init; }

    /// <summary>Share of the time since the line before in which training waited for images, 0 to 1.</summary>
    public double? Waiting { get; init; }

    /// <summary>
    /// Of the encoder's vectors: about how many directions they use; near 1 the encoder has collapsed. Only at steps with a look.
    /// </summary>
    public double? EffectiveRank { get; init; }

    /// <summary>
    /// Top-1, 0 to 1, of nearest neighbours on the labelled probe images. Only at steps with a look, and where there are such images.
    /// </summary>
    public double? ProbeAccuracy { get; init; }

    /// <summary>The probe accuracy of guessing.</summary>
    public double? ProbeChance { get; init; }

    /// <summary>Whatever else a method logs; unknown fields of a file also land here, and are written back.</summary>
    [JsonExtensionData]
    public IDictionary<string, JsonElement>? More { get; set; }
}
