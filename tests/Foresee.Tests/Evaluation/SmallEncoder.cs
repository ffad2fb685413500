using Foresee.Encoders;
using Foresee.Images;
using Foresee.Torch;

namespace Foresee.Tests.Evaluation;

/// <summary>An encoder of random weights on 8 px patches of small grey images.</summary>
internal static class SmallEncoder
{
    /// <summary>Writes it as the folder of a run has it.</summary>
    public static void Write(string folder, int side, ulong seed = 1)
    {
        using var generator = new Generator(seed);
        var options = new PatchGridOptions(8, 4, new(1, 16, 3, 1, [new(16, 8, 2), new(32, 8, 2)]));
        using var encoder = options.Build(new InputFormat(side, side, 1) { Mean = [0.4], Std = [0.3] }, generator);
        EncoderFile.Write(Path.Combine(folder, EncoderFile.FileName), encoder);
    }
}
