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

/// <summary>Settings of <see cref="Jigsaw"/>.</summary>
/// <param name="Encoder">Of single tiles in learning, of whole images afterwards.</param>
public sealed record JigsawOptions(ConvEncoderOptions Encoder) : TileOptions(Encoder)
{
    public override ImageAugmentation Augmentation { get; init; } = new() { Jitter = 1, Brightness = 0.2, Saturation = 0.2 };

    /// <summary>In cells of 75 px, for images of 225 px.</summary>
    public override TileLayout Tiles { get; init; } = new(64, 11, 5);

    /// <summary>Orders that are told apart.</summary>
    public int Permutations { get; init; } = 1000;

    /// <summary>Length of a tile's vector.</summary>
    public int TileWidth { get; init; } = 512;

    /// <summary>A small network, tiles of a quarter of the side, a hundred orders.</summary>
    public static JigsawOptions For(DataProfile data)
    {
        var side = Math.Min(data.Input.Height, data.Input.Width);
        return new(SmallEncoder(data))
        {
            Augmentation = MostlyGrey,
            Upright = data.Upright,
            Tiles = new(side / 4, side / 12, side / 24),
            Permutations = 100,
            TileWidth = 128,
            HeadWidth = 512,
        };
    }

    [JsonIgnore]
    public override SuggestedTraining Suggested => new(64, new(OptimiserKind.Sgd, 0.02) { WeightDecay = 5e-4 });

    public override void Validate(InputFormat input, ICollection<string> faults)
    {
        base.Validate(input, faults);
        if (Permutations is < 2 or > PermutationSet.All)
            faults.Add($"there must be 2 to {PermutationSet.All:N0} permutations, got {Permutations}");
        if (TileWidth < 1) faults.Add($"a tile's vector needs a length of at least 1, got {TileWidth}");
    }

    public override IMethod Build(MethodContext context) => new Jigsaw(this, context);
}

/// <summary>
/// Jigsaw (Noroozi and Favaro, "Unsupervised Learning of Visual Representations by Solving Jigsaw Puzzles", ECCV 2016): in which of K
/// orders do the nine tiles of an image stand?
/// <code>
/// z_i = relu(W f(tile π_y(i)))                                        i = 0..8, y the order's number, each image's own
/// L = -mean over images of log softmax(g(z_0, .., z_8))_y
/// </code>
/// </summary>
/// <remarks>L begins near ln K, and stays there for some hundred steps.</remarks>
public sealed class Jigsaw : IMethod
{
    private readonly JigsawOptions options;
    private readonly MethodContext context;
    private readonly Puzzle network;
    private readonly ViewMaker views;
    private readonly long[] orders;                                                          // [K · 9]

    public Jigsaw(JigsawOptions options, MethodContext context)
    {
        context.Check(options);
        (this.options, this.context) = (options, context);
        network = context.Place(new Puzzle(options, context));
        views = Views.Maker(context, options.Augmentation);
        orders = [.. PermutationSet.Of(options.Permutations).SelectMany(order => order).Select(place => (long)place)];
    }

    public Module Network => network;

    public Encoder Encoder => network.Tile.Encoder;

    public Inputs Prepare(ImageBatch batch, Generator generator)
    {
        var tiles = options.Cut(views.Make(batch.ToTensor(), generator, context.Threads), generator);           // [B, 9, C, t, t]
        var labels = Tensor.RandInt(0, options.Permutations, [tiles.Size(0)], generator);
        var order = Tensor.From<long>(orders, options.Permutations, TileLayout.Count).IndexSelect(0, labels);
        return new(batch.Indices, [Ordered(tiles, order).To(context.Device), labels.To(context.Device)]);
    }

    /// <param name="tiles">[B, 9, ..]</param>
    /// <param name="order">[B, 9]: which tile stands at a place.</param>
    internal static Tensor Ordered(Tensor tiles, Tensor order)
    {
        var first = Tensor.Arange(tiles.Size(0)).Unsqueeze(1) * TileLayout.Count;            // of each image
        return tiles.Flatten(0, 1).IndexSelect(0, (first + order).Flatten()).View(tiles.Shape);
    }

    public StepLoss Loss(Inputs inputs) =>
        StepLoss.Among(options.Permutations, Choice.Of(network.Forward(inputs.Tensors[0]), inputs.Tensors[1]));

    public void Dispose() => network.Dispose();

    /// <summary>The same network for each tile, then one layer for all.</summary>
    private sealed class Puzzle : Module
    {
        private readonly Mlp order;

        public Puzzle(JigsawOptions options, MethodContext context)
        {
            Tile = Inner(new Embedding(options.Encoder, context,
                features => new Mlp([features, options.TileWidth], norms: false, context.Generator)));
            order = Child("order", new Mlp([TileLayout.Count * options.TileWidth, options.HeadWidth, options.Permutations], norms: false,
                context.Generator));
        }

        public Embedding Tile { get; }

        /// <param name="x">[B, 9, C, t, t]</param>
        /// <returns>[B, K]</returns>
        public override Tensor Forward(Tensor x)
        {
            var z = Tile.Forward(x.Flatten(0, 1)).Relu();                                    // [B·9, width]
            return order.Forward(z.View(x.Size(0), -1));
        }
    }
}
