using Foresee.Encoders;
using Foresee.Images;
using Foresee.Torch;

namespace Foresee.Tests.Encoders;

/// <summary>Small patch encoders for these tests.</summary>
internal static class PatchGrids
{
    /// <summary>On square images, every channel with the same mean and std.</summary>
    public static PatchGridEncoder Build(PatchEncoderOptions network, int side, int patch, int stride, Generator generator,
        double mean = 0.3, double std = 0.3, int margin = 0)
    {
        var input = new InputFormat(side, side, network.Channels)
        {
            Margin = margin,
            Mean = [.. Enumerable.Repeat(mean, network.Channels)],
            Std = [.. Enumerable.Repeat(std, network.Channels)],
        };
        return new(new(patch, stride, network), input, generator);
    }
}
