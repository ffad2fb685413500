using Foresee.Encoders;
using Foresee.Torch;
using Foresee.Torch.Layers;

namespace Foresee.Methods;

/// <summary>
/// Colours as classes (Zhang, Isola and Efros 2016, sections 2.1 and 2.2): cells of a grid over a and b that sRGB reaches, softly coded,
/// seldom ones weighted more.
/// <code>
/// Z_q = softmax over the 5 nearest bins of -|ab - c_q|² / 2σ²          σ half the grid's step
/// w_q = 1 / ((1-λ)·p_q + λ/Q), scaled to Σ_q p_q·w_q = 1               p the mean of all codes so far
/// L = -mean over cells of w[argmax Z]·Σ_q Z_q log softmax(scores)_q
/// </code>
/// </summary>
/// <remarks>
/// The paper's 313 bins don't follow from sRGB alone; those here are found by a scan of it: 261 or a few less at step 10. p begins with
/// one batch of all colours alike.
/// </remarks>
internal sealed class ColourBins : Module
{
    private const int Nearest = 5, ScanStep = 3;
    private const double Temperature = 0.38; // of the colours that are shown
    private readonly double deviation, rebalance;
    private readonly Tensor centres, seen;

    /// <param name="step">Of the grid, in units of a and b.</param>
    /// <param name="rebalance">λ</param>
    public ColourBins(double step, double rebalance)
    {
        (deviation, this.rebalance) = (step / 2, rebalance);
        centres = Buffer("centres", Scan(step));
        seen = Buffer("seen", Tensor.Full([Count], 1.0 / Count));
    }

    /// <summary>Q</summary>
    public int Count => (int)centres.Size(0);

    /// <summary>[Q, 2]</summary>
    public Tensor Centres => centres;

    /// <param name="x">[n, 2], a and b</param>
    /// <returns>Z: [n, Q]</returns>
    public override Tensor Forward(Tensor x) => Code(x, centres, deviation);

    /// <summary>Adds codes to those that p is made of.</summary>
    public void Learn(Tensor code) => seen.Add_(code.Sum(0) / (double)code.Size(0));

    /// <summary>w of the codes so far: [Q].</summary>
    public Tensor Weights() => Weights(seen / seen.Sum(), rebalance);

    /// <summary>The annealed mean: colours between the mean of the prediction and its mode.</summary>
    /// <param name="scores">[n, Q]</param>
    /// <returns>[n, 2], a and b</returns>
    public Tensor Colours(Tensor scores) => (scores / Temperature).Softmax(1).MatMul(centres);

    internal static Tensor Code(Tensor ab, Tensor centres, double deviation)
    {
        var distances = (ab.Unsqueeze(1) - centres).Square().Sum(2);                         // [n, Q]
        var (values, places) = (-distances).TopK(Math.Min(Nearest, (int)centres.Size(0)));
        return distances.ZerosLike().Scatter_(1, places, (values / (2 * deviation * deviation)).Softmax(1));
    }

    internal static Tensor Weights(Tensor p, double rebalance)
    {
        var w = (p * (1 - rebalance) + rebalance / p.Size(0)).Pow(-1);
        return w / (p * w).Sum();
    }

    /// <param name="scores">[n, Q]</param>
    /// <param name="code">Z: [n, Q]</param>
    /// <param name="weights">w: [Q]</param>
    /// <param name="counted">[n] of 0 and 1: cells of pictures that are not grey.</param>
    internal static Tensor Loss(Tensor scores, Tensor code, Tensor weights, Tensor counted)
    {
        var v = weights.IndexSelect(0, code.ArgMax(1)) * counted;                            // [n]
        return -(v * (code * scores.LogSoftmax(1)).Sum(1)).Sum() / counted.Sum().Clamp(low: 1);
    }

    /// <summary>Points of the grid that are the nearest one of some colour.</summary>
    private static Tensor Scan(double step)
    {
        using var scope = TensorScope.Begin();
        const int Levels = 255 / ScanStep + 1;
        var level = Tensor.Arange(Levels).To(DType.Float32) / (Levels - 1.0);
        Tensor Along(params long[] shape) => level.View(shape).Expand(Levels, Levels, Levels).Flatten();
        var rgb = Tensor.Stack([Along(Levels, 1, 1), Along(1, Levels, 1), Along(1, 1, Levels)]).View(1, 3, Levels * Levels, Levels);
        var ab = Tensor.Invoke("aten::round", "", Lab.Of(rgb).Narrow(1, 1, 2).Flatten(2).Select(0, 0) / step).ToArray<float>();
        var count = ab.Length / 2;
        (float A, float B)[] points = [.. Enumerable.Range(0, count).Select(i => (ab[i], ab[count + i])).Distinct().Order()];
        float[] values = [.. points.SelectMany(point => new[] { (float)(point.A * step), (float)(point.B * step) })];
        return scope.Keep(Tensor.From<float>(values, points.Length, 2));
    }
}
