using Foresee.Torch;

namespace Foresee.Encoders;

/// <summary>An encoder that measures in passes over images, which need not fit into memory together.</summary>
public interface IMeasuresInPasses
{
    /// <param name="pass">The images once, in batches [B, C, height, width], normalised by the input's mean and std; always the same.
    /// Each batch is disposed by whoever gives it.</param>
    /// <param name="count">Images of a pass.</param>
    /// <param name="doing">Told what is being done.</param>
    void Calibrate(Func<IEnumerable<Tensor>> pass, int count, Action<string>? doing = null, CancellationToken cancel = default);
}
