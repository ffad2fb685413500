using Foresee.Images;
using Foresee.Torch;

namespace Foresee.Augmentation;

/// <summary>
/// The random numbers of one change of one view: SplitMix64 (Steele, Lea and Flood 2014), whose n-th number is a hash of
/// seed + n·γ. Every change of every view has its own, so nothing depends on the order of views or on threads, and switching one
/// change on leaves the draws of the others as they were.
/// </summary>
/// <param name="seed">Of the batch, drawn from the run's generator.</param>
/// <param name="view">Place of the view in the batch.</param>
/// <param name="change">Place of the change in the list of changes.</param>
public struct ViewRandom(ulong seed, int view, int change)
{
    private ulong state =
        SeededOrder.Hash(SeededOrder.Hash(seed + SeededOrder.Golden * (uint)view) + SeededOrder.Golden * (uint)change);

    /// <summary>One number of a run's generator, to seed a batch with.</summary>
    internal static ulong SeedFrom(Generator generator)
    {
        using var scope = TensorScope.Begin();
        return (ulong)Tensor.RandInt(0, long.MaxValue, [1], generator, generator.Device).ToInt64();
    }

    public ulong Next() => SeededOrder.Hash(state += SeededOrder.Golden);

    /// <summary>0 to just below 1.</summary>
    public float Uniform() => (Next() >> 40) / (float)(1 << 24);

    /// <summary>-amount to amount.</summary>
    public float Around(double amount) => (2 * Uniform() - 1) * (float)amount;

    public float Between(double low, double high) => (float)(low + (high - low) * Uniform());

    /// <summary>0 to count-1, each equally likely.</summary>
    public int Below(int count) => (int)Math.BigMul(Next(), (ulong)count, out _);

    /// <summary>Gaussian of mean 0 and deviation 1 (Box and Muller 1958).</summary>
    public float Normal() => MathF.Sqrt(-2 * MathF.Log(1 - Uniform())) * MathF.Cos(MathF.Tau * Uniform());

    /// <summary>Random numbers for one of several parts of a change, the same wherever the others stand.</summary>
    public readonly ViewRandom Branch(int part) => new(state, part, 0);

    /// <summary>Different numbers below a count, in random order.</summary>
    /// <param name="drawn">Receives them; at most count.</param>
    public void Shuffle(Span<int> drawn, int count)
    {
        Span<int> all = stackalloc int[count];
        for (var i = 0; i < count; i++) all[i] = i;
        for (var i = 0; i < drawn.Length; i++)
        {
            var other = i + Below(count - i);
            (all[i], all[other]) = (all[other], all[i]);
        }
        all[..drawn.Length].CopyTo(drawn);
    }

    public bool Chance(double probability) => Uniform() < probability;
}
