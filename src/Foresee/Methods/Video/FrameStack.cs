using Foresee.Augmentation;
using Foresee.Encoders;
using Foresee.Images;
using Foresee.Torch;

namespace Foresee.Methods.Video;

/// <summary>The windows of a batch as frames.</summary>
internal static class FrameStack
{
    /// <summary>The middle of each frame, all frames of a window mirrored or none.</summary>
    /// <param name="mirrored">How often.</param>
    /// <returns>[B, T, C, h, w] of 0 to 1, on the CPU</returns>
    public static Tensor Of(ImageBatch batch, InputFormat input, double mirrored, Generator generator)
    {
        var margin = batch.Input.ReadHeight - input.Height;
        var frames = batch.ToTensor().View(batch.Count, batch.Input.Frames, input.Channels, batch.Input.ReadHeight, batch.Input.ReadWidth)
            .Narrow(3, margin / 2, input.Height).Narrow(4, margin / 2, input.Width).To(DType.Float32) / 255;
        return Tensor.Where(Tensor.Rand([batch.Count, 1, 1, 1, 1], generator).Less(mirrored), frames.Flip(4), frames);
    }

    /// <summary>Luma of colour, else the mean of the channels: of each window [T, h, w], row by row.</summary>
    /// <param name="frames">[B, T, C, h, w] of 0 to 1, on the CPU</param>
    public static float[][] Grey(Tensor frames)
    {
        var grey = frames.Size(2) == 3
            ? (frames * Tensor.From<float>([Luma.Red, Luma.Green, Luma.Blue], 1, 1, 3, 1, 1)).Sum(2)
            : frames.Mean(2);
        return [.. grey.ToArray<float>().Chunk((int)(grey.Size(1) * grey.Size(2) * grey.Size(3)))];
    }

    /// <summary>A mark of each window: [B] of 0 and 1.</summary>
    public static Tensor Marks(IEnumerable<bool> of)
    {
        float[] marks = [.. of.Select(mark => mark ? 1f : 0)];
        return Tensor.From<float>(marks, marks.Length);
    }
}
