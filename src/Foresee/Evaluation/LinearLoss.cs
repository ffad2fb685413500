using System.Text.Json.Serialization;

namespace Foresee.Evaluation;

/// <summary>What a linear classifier on features minimises, of the scores z and the shares y of each class (a label is one-hot).</summary>
[JsonConverter(typeof(JsonStringEnumConverter<LinearLoss>))]
public enum LinearLoss
{
    /// <summary>-Σ_c y_c log softmax(z)_c</summary>
    CrossEntropy,

    /// <summary>
    /// Σ_c y_c max(0, 1 - z_c)² + (1 - y_c) max(0, 1 + z_c)², one class against all others: the L2-SVM of Coates, Lee and Ng 2011.
    /// </summary>
    SquaredHinge,
}
