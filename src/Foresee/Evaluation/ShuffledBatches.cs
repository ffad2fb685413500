using Foresee.Torch;

namespace Foresee.Evaluation;

/// <summary>Which examples each batch of a small training has.</summary>
internal static class ShuffledBatches
{
    /// <summary>Endless: each pass over the examples in a new order, an incomplete batch at its end left out.</summary>
    /// <param name="size">At most count.</param>
    public static IEnumerable<long[]> Endless(int count, int size, Generator generator)
    {
        size = Math.Min(size, count);
        while (true)
        {
            long[] order;
            using (TensorScope.Begin()) order = Tensor.RandPerm(count, generator).ToArray<long>();
            for (var from = 0; from + size <= count; from += size) yield return order[from..(from + size)];
        }
    }
}
