using Foresee.Encoders;
using Foresee.Images;
using Foresee.Torch;

namespace Foresee.Tests.Encoders;

public sealed class EncoderReadingTests : IDisposable
{
    private static readonly ConvEncoderOptions Options = new(8, [1, 1], ResidualOrder.Plain, ConvStem.Small);
    private readonly string path = Path.GetTempFileName();

    public void Dispose() => File.Delete(path);

    [Fact]
    public void Images_of_another_size_meet_the_same_weights()
    {
        using var scope = TensorScope.Begin();
        using var noGrad = Autograd.NoGrad();
        using var generator = new Generator(1);
        using (var trained = new ConvEncoder(Options, new(16, 16, 3) { Margin = 2 }, generator)) EncoderFile.Write(path, trained);
        using var read = new EncoderReading { Size = 24, Stage = 1 }.Of(path);
        Assert.Equal((24, 24, 0, SmallImages.Enlarge), (read.Input.Height, read.Input.Width, read.Input.Margin, read.Input.Small));
        using var own = new ConvEncoder(Options, new(24, 24, 3), generator);
        using (var trained = EncoderFile.Read(path)) own.Load(trained.State().ToDictionary(t => t.Name, t => t.Value));
        own.Train(false);
        var images = Tensor.RandN([1, 3, 24, 24], generator);
        Assert.Equal(own.Stages(images)[0].Permute(0, 2, 3, 1).ToArray<float>(), read.Grid(images).ToArray<float>());
    }

    [Fact]
    public void A_size_that_the_encoder_cannot_see_is_refused()
    {
        using (var generator = new Generator(1))
        using (var trained = new ConvEncoder(Options with { Stem = ConvStem.Large }, new(64, 64, 3), generator))
            EncoderFile.Write(path, trained);
        Assert.Contains("can't see images of 4 px", Assert.Throws<ArgumentException>(() => new EncoderReading { Size = 4 }.Of(path)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Its_words_name_what_differs()
    {
        var reading = new EncoderReading { Stride = 4, Size = 64, Stage = 2 };
        Assert.Equal(("stride 4, 64 px, stage 2", "a, 64 px, stage 2", "a"),
            (reading.ToString(), reading.NameOf("a"), new EncoderReading { WholeImages = true }.NameOf("a")));
    }
}
