using Foresee.Images;
using Foresee.Inference.Suggesting;

namespace Foresee.Inference.Tests.Suggesting;

/// <summary>Features that tests know the answer for.</summary>
internal static class Rows
{
    public static FeatureRows Of(params float[][] rows) => new([.. rows.SelectMany(row => row)], rows[0].Length);

    /// <summary>Around each centre so many rows, at most spread away in each feature.</summary>
    public static FeatureRows Around(float[][] centres, int[] sizes, float spread, ulong seed = 0)
    {
        var random = new SeededOrder(seed);
        float Near(float value) => value + spread * (random.Below(2001) - 1000) / 1000f;
        return Of([.. centres.Zip(sizes).SelectMany(pair => Enumerable.Range(0, pair.Second)
            .Select(_ => Array.ConvertAll(pair.First, Near)))]);
    }

    public static FeatureRows ByChance(int count, int width, ulong seed) => Around([new float[width]], [count], 1, seed);

    public static double Distance(FeatureRows rows, int i, int j)
    {
        double sum = 0;
        for (var k = 0; k < rows.Width; k++) sum += Math.Pow((double)rows[i][k] - rows[j][k], 2);
        return Math.Sqrt(sum);
    }
}
