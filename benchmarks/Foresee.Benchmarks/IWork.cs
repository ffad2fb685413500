namespace Foresee.Benchmarks;

/// <summary>Foresee's side of a comparison.</summary>
public interface IWork : IDisposable
{
    /// <summary>Numbers on which both sides must agree before their times mean anything, such as the loss of the first batch.</summary>
    double[] Check();

    /// <summary>Works for about so long.</summary>
    Measurement Measure(double seconds);
}
