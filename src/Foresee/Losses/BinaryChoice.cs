using Foresee.Torch;

namespace Foresee.Losses;

/// <summary>L = Σ m·(log(1 + exp(s)) - y·s) / Σ m: yes or no by one score, over what counts; 0 where nothing does.</summary>
/// <remarks>ln 2 for scores of 0.</remarks>
public static class BinaryChoice
{
    private const double Lowest = -1e30;             // below any score
    private const double Steepness = 1, Linear = 20; // of softplus; from 20 on it is its argument in Float32

    /// <param name="scores">s, of any shape</param>
    /// <param name="labels">y of 0 and 1, of the same shape</param>
    /// <param name="counted">m of 0 and 1, likewise; what does not count has no gradient.</param>
    public static Tensor Of(Tensor scores, Tensor labels, Tensor counted)
    {
        var each = Tensor.Invoke("aten::softplus", "", scores, Steepness, Linear) - labels * scores;
        return (each * counted).Sum() / counted.Sum().Clamp(low: 1);
    }

    /// <summary>
    /// The mean of the share of yes and of the share of no that are told right: 0.5 at chance, however seldom one of them is. Of what does
    /// not occur it is half. Yes is said to the highest scores, to as many as there are of yes, so that it is their order that counts.
    /// </summary>
    public static Tensor Correct(Tensor scores, Tensor labels, Tensor counted)
    {
        using var noGrad = Autograd.NoGrad();
        var seen = Tensor.Where(counted.Greater(0.5), scores, scores.ZerosLike() + Lowest).Flatten();
        var lowestYes = seen.TopK((int)Math.Max(1, (labels * counted).Sum().ToInt64())).Values.Min();
        var said = -scores.Less(lowestYes).To(DType.Float32) + 1.0;
        Tensor Share(Tensor told, Tensor among)
        {
            var size = among.Sum();
            return ((told * among).Sum() + size.Less(0.5).To(DType.Float32) / 2) / size.Clamp(low: 1);
        }
        return (Share(said, labels * counted) + Share(-said + 1.0, (-labels + 1.0) * counted)) / 2;
    }
}
