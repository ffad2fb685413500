using Foresee.Torch;

namespace Foresee.Studies.FewShot;

/// <summary>How a class is told from a few images.</summary>
public enum FewShotHead
{
    /// <summary>-|z - c_k|², c_k the mean of the class's vectors (Snell, Swersky and Zemel 2017, equations 1 and 2).</summary>
    Prototypes,

    /// <summary>
    /// ln Σ_{i in k} a_i with a = softmax over the labelled images of cos(z, z_i) (Vinyals et al. 2016, equations 1 and 2, without their
    /// full-context embedding).
    /// </summary>
    Matching,
}

/// <summary>Scores of classes, whose softmax are their probabilities.</summary>
public static class FewShotScores
{
    /// <param name="support">f32 [ways · shots, D], class after class.</param>
    /// <param name="query">f32 [Q, D]</param>
    /// <returns>[Q, ways]</returns>
    public static Tensor Of(FewShotHead head, Tensor support, Tensor query, int ways)
    {
        if (head == FewShotHead.Matching)
            return Unit(query).MatMul(Unit(support).T()).LogSoftmax(1)                              // [Q, ways · shots]
                .Reshape(query.Size(0), ways, -1).LogSumExp(2);                                     // [Q, ways]
        var prototypes = support.Reshape(ways, -1, support.Size(1)).Mean(1);                        // [ways, D]
        return 2.0 * query.MatMul(prototypes.T()) - prototypes.Square().Sum(1) - query.Square().Sum(1, keep: true);
    }

    private static Tensor Unit(Tensor rows) => rows / rows.Square().Sum(1, keep: true).Sqrt().Clamp(low: 1e-12);

    /// <summary>[ways · each] Int64: 0, 0, .., 1, 1, ..</summary>
    internal static Tensor Labels(int ways, int each) => Tensor.From([.. Enumerable.Range(0, ways * each).Select(i => (long)(i / each))]);
}
