using Foresee.Heads;
using Foresee.Tests.Methods;
using Foresee.Torch;
using Foresee.Torch.Losses;

namespace Foresee.Tests.Heads;

public sealed class DecoderTests
{
    [Fact]
    public void Its_pictures_and_their_gradient_are_PyTorchs() => MethodFixtures.Compare("decoder", t =>
    {
        using var generator = new Generator(1);
        var decoder = new Decoder(40, 3, 5, 6, halvings: 2, generator, 3);
        decoder.Load(t.Where(entry => entry.Key.StartsWith("state.", StringComparison.Ordinal)).ToDictionary(), "state.");
        return Loss.MeanSquaredError(decoder.Forward(t["grid"], [t["joined"]]), t["target"]);
    });
}
