using Foresee.Encoders;
using Foresee.Images;
using Foresee.Torch;

namespace Foresee.Training;

/// <summary>The features of all images of a training, as its encoder is at one moment.</summary>
internal static class EpochFeatures
{
    /// <returns>f32 [N, D], means over the grid; rows of zeros where an image can't be read.</returns>
    public static Tensor Of(Encoder encoder, ImageLoader loader, Device device)
    {
        using var scope = TensorScope.Begin();
        using var noGrad = Autograd.NoGrad();
        using var seen = TrainedEncoder.Of(encoder, device);
        var learning = encoder.Training;
        encoder.Train(false);
        try
        {
            var all = Tensor.Zeros([loader.Source.Count, encoder.Features]);
            foreach (var batch in loader.Pass())
                using (batch)
                {
                    using var inner = TensorScope.Begin();
                    var features = seen.Features(batch.ToTensor()).Mean([1, 2]).To(Device.Cpu); // [B, D]
                    for (var i = 0; i < batch.Count; i++) all.Select(0, batch.Indices[i]).Copy_(features.Select(0, i));
                }
            return scope.Keep(all);
        }
        finally
        {
            encoder.Train(learning);
        }
    }
}
