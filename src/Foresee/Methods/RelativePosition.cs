using System.Text.Json.Serialization;
using Foresee.Augmentation;
using Foresee.Encoders;
using Foresee.Heads;
using Foresee.Images;
using Foresee.Losses;
using Foresee.Patches;
using Foresee.Torch;
using Foresee.Torch.Layers;
using Foresee.Torch.Optimisers;

namespace Foresee.Methods;

/// <summary>Settings of <see cref="RelativePosition"/>.</summary>
/// <param name="Encoder">Of single tiles in learning, of whole images afterwards.</param>
public sealed record RelativePositionOptions(ConvEncoderOptions Encoder) : TileOptions(Encoder)
{
    public override ImageAugmentation Augmentation { get; init; } = ImageAugmentation.None;

    public override TileLayout Tiles { get; init; } = new(96, 48, 7);

    public override bool OneColour { get; init; } = true;

    /// <summary>A small network; tiles of a quarter of the side.</summary>
    public static RelativePositionOptions For(DataProfile data)
    {
        var side = Math.Min(data.Input.Height, data.Input.Width);
        return new(SmallEncoder(data))
        {
            Augmentation = MostlyGrey,
            Upright = data.Upright,
            Tiles = new(side / 4, side / 8, side / 20),
            OneColour = false,
            HeadWidth = 256,
        };
    }

    [JsonIgnore]
    public override SuggestedTraining Suggested => new(64, new(OptimiserKind.Sgd, 0.05) { WeightDecay = 1e-4 });

    public override IMethod Build(MethodContext context) => new RelativePosition(this, context);
}

/// <summary>
/// Relative position (Doersch, Gupta and Efros, "Unsupervised Visual Representation Learning by Context Prediction", ICCV 2015): which of
/// the eight neighbours of a tile is another one?
/// <code>
/// L = -mean over ordered pairs a, b of neighbouring tiles of log softmax(g(f(a), f(b)))_y        y: of b seen from a, row by row
/// </code>
/// </summary>
/// <remarks>
/// All 40 pairs of three by three tiles are asked, both ways round: exchanging the tiles makes y to 7 - y. L begins near ln 8. Not taken
/// over from the published code: a third of its tiles is reduced and enlarged again.
/// </remarks>
public sealed class RelativePosition : IMethod
{
    private const int Neighbours = 8;
    private static readonly Pair[] pairs = [.. AllPairs()];
    private readonly RelativePositionOptions options;
    private readonly MethodContext context;
    private readonly Embedding network;
    private readonly ViewMaker views;

    public RelativePosition(RelativePositionOptions options, MethodContext context)
    {
        context.Check(options);
        (this.options, this.context) = (options, context);
        network = context.Place(new Embedding(options.Encoder, context,
            features => new Mlp([2 * features, options.HeadWidth, options.HeadWidth, Neighbours], norms: false, context.Generator)));
        views = Views.Maker(context, options.Augmentation);
    }

    /// <summary>Two tiles by their places, 0 to 8, and where the second lies: 0 top left to 7 bottom right.</summary>
    internal readonly record struct Pair(int First, int Second, int Label);

    internal static IReadOnlyList<Pair> Pairs => pairs;

    public Module Network => network;

    public Encoder Encoder => network.Encoder;

    public Inputs Prepare(ImageBatch batch, Generator generator)
    {
        var tiles = options.Cut(views.Make(batch.ToTensor(), generator, context.Threads), generator);
        return new(batch.Indices, [tiles.To(context.Device)]);                               // [B, 9, C, t, t]
    }

    public StepLoss Loss(Inputs inputs)
    {
        var tiles = inputs.Tensors[0];
        var f = network.Features(tiles.Flatten(0, 1)).View(tiles.Size(0), TileLayout.Count, -1);                // [B, 9, D]
        return StepLoss.Among(Neighbours, Of(network.Projector.Forward, f));
    }

    /// <param name="scores">[n, 2D] to [n, 8]</param>
    /// <param name="f">[B, 9, D]</param>
    internal static InfoNceResult Of(Func<Tensor, Tensor> scores, Tensor f)
    {
        Tensor Numbers(Func<Pair, long> of) => Tensor.From<long>([.. pairs.Select(of)], pairs.Length).To(f.Device);
        var first = f.IndexSelect(1, Numbers(pair => pair.First));                                              // [B, 40, D]
        var second = f.IndexSelect(1, Numbers(pair => pair.Second));
        var labels = Numbers(pair => pair.Label).Unsqueeze(0).Expand(f.Size(0), pairs.Length).Flatten();        // [B·40]
        return Choice.Of(scores(Tensor.Cat([first, second], 2).Flatten(0, 1)), labels);
    }

    private static IEnumerable<Pair> AllPairs()
    {
        const int Side = TileLayout.Side;
        for (var first = 0; first < TileLayout.Count; first++)
            for (var second = 0; second < TileLayout.Count; second++)
            {
                var (down, right) = (second / Side - first / Side, second % Side - first % Side);
                if (first == second || Math.Abs(down) > 1 || Math.Abs(right) > 1) continue;
                var place = (down + 1) * Side + right + 1;                                   // 0 to 8, the tile itself is 4
                yield return new(first, second, place < Side + 1 ? place : place - 1);
            }
    }

    public void Dispose() => network.Dispose();
}
