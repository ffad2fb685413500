namespace Foresee.Inference.Suggesting;

/// <summary>
/// How typical a member of a cluster is: 1 / (mean distance to its min(20, size / 2) nearest neighbours inside the cluster + 1e-5)
/// (Hacohen, Dekel and Weinshall, "Active Learning on a Budget", ICML 2022, equation 1).
/// </summary>
internal static class Typicality
{
    private const int Neighbours = 20;
    private const int MostCompared = 2000; // members of a large cluster that stand for all of them, evenly taken

    /// <param name="members">Rows, two or more.</param>
    /// <returns>One number for each member.</returns>
    public static double[] Of(FeatureRows rows, int[] members)
    {
        var step = Math.Max(1, (members.Length + MostCompared - 1) / MostCompared);
        int[] compared = [.. members.Where((_, i) => i % step == 0)];
        var count = Math.Max(1, Math.Min(Neighbours, compared.Length / 2));
        var typicality = new double[members.Length];
        var squared = new float[compared.Length];
        for (var i = 0; i < members.Length; i++)
        {
            for (var j = 0; j < compared.Length; j++)
                squared[j] = compared[j] == members[i] ? float.PositiveInfinity : rows.SquaredDistance(members[i], rows, compared[j]);
            Array.Sort(squared);
            double sum = 0;
            for (var n = 0; n < count; n++) sum += Math.Sqrt(squared[n]);
            typicality[i] = 1 / (sum / count + 1e-5);
        }
        return typicality;
    }
}
