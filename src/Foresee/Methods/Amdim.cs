using System.Text.Json.Serialization;
using Foresee.Augmentation;
using Foresee.Encoders;
using Foresee.Heads;
using Foresee.Images;
using Foresee.Losses;
using Foresee.Torch;
using Foresee.Torch.Layers;
using Foresee.Torch.Optimisers;

namespace Foresee.Methods;

/// <summary>Settings of <see cref="Amdim"/>.</summary>
/// <param name="Encoder">Of whole images, of two stages or more; a cell of its maps should see only a part of the image.</param>
public sealed record AmdimOptions(ConvEncoderOptions Encoder) : ViewOptions(Encoder)
{
    private static readonly ImageAugmentation published = ImageAugmentation.SimClr32 with { LeastArea = 0.3, Greyscale = 0.25 };

    public override ImageAugmentation Augmentation { get; init; } = published;

    /// <summary>d, the length of the vectors that are compared.</summary>
    public int Projection { get; init; } = 1536;

    /// <summary>Cells along a side of the last stage's map.</summary>
    public int CoarseCells { get; init; } = 5;

    /// <summary>Cells along a side of the map of the stage before it.</summary>
    public int FineCells { get; init; } = 7;

    /// <summary>c, beyond which scores don't grow.</summary>
    public double Clip { get; init; } = 20;

    /// <summary>Weight of the scores' mean square.</summary>
    public double Penalty { get; init; } = 0.04;

    /// <summary>A small network, each of whose cells sees about 25 px, and short vectors.</summary>
    public static AmdimOptions For(DataProfile data) => new(SmallEncoder(data))
    {
        Augmentation = Suited(published, data),
        Projection = 256,
    };

    [JsonIgnore]
    public override SuggestedTraining Suggested => new(128, new(OptimiserKind.Adam, 1e-3) { Beta1 = 0.8 });

    public override void Validate(InputFormat input, ICollection<string> faults)
    {
        base.Validate(input, faults);
        if (Encoder.Blocks.Count < 2) faults.Add($"two scales need an encoder of 2 stages or more, got {Encoder.Blocks.Count}");
        if (Projection < 1 || CoarseCells < 1 || FineCells < 1) faults.Add("projection and cells must be at least 1");
        if (!(Clip > 0) || !(Penalty >= 0)) faults.Add($"clip must be above 0, penalty 0 or more, got {Clip} and {Penalty}");
    }

    public override IMethod Build(MethodContext context) => new Amdim(this, context);
}

/// <summary>
/// AMDIM (Bachman, Hjelm and Buchwalter, "Learning Representations by Maximizing Mutual Information Across Views", NeurIPS 2019):
/// <code>
/// h_v = mean of the last map                        of view v = 1, 2
/// a → b for views a, b:  the vector of a must pick the cells of b's same image among those of all other images   (eq. 3)
/// L = (h → coarse cells) + (h → fine cells) + (one random coarse cell → coarse cells) + 0.04 mean s²     both ways each
/// </code>
/// </summary>
/// <remarks>
/// Each of the three begins near ln(1 + (B-1) cells). Where a cell sees the whole image, the loss falls and little is learnt.
/// </remarks>
public sealed class Amdim : IMethod
{
    private readonly AmdimOptions options;
    private readonly MethodContext context;
    private readonly Encoder encoder;
    private readonly Mlp whole, coarse, fine;
    private readonly NamedParts network;
    private readonly Views views;

    public Amdim(AmdimOptions options, MethodContext context)
    {
        context.Check(options);
        (this.options, this.context, views) = (options, context, new(context, options));
        encoder = context.NewEncoder(options.Encoder);
        Mlp Head(int channels) => new([channels, options.Projection, options.Projection], norms: true, context.Generator);
        var last = options.Encoder.Blocks.Count - 1;
        (whole, coarse) = (Head(options.Encoder.ChannelsOf(last)), Head(options.Encoder.ChannelsOf(last)));
        fine = Head(options.Encoder.ChannelsOf(last - 1));
        network = context.Place(new NamedParts(("encoder", encoder), ("whole", whole), ("coarse", coarse), ("fine", fine)));
    }

    public Module Network => network;

    public Encoder Encoder => encoder;

    /// <summary>Two views, and for each a number of 0..1 per image that says which coarse cell is asked.</summary>
    public Inputs Prepare(ImageBatch batch, Generator generator)
    {
        var (indices, tensors) = views.Of(batch, generator);
        return new(indices, [.. tensors, .. Enumerable.Range(0, 2).Select(_ => Tensor.Rand([batch.Count], generator).To(context.Device))]);
    }

    public StepLoss Loss(Inputs inputs)
    {
        Scales[] of = [See(inputs.Tensors[0]), See(inputs.Tensors[1])];
        LocalGlobalResult[] results = new LocalGlobalResult[6];
        for (var (a, b) = (0, 1); a < 2; a++, b--)
        {
            results[a] = LocalGlobal.Of(of[a].Whole, of[b].Coarse, options.Clip);
            results[2 + a] = LocalGlobal.Of(of[a].Whole, of[b].Fine, options.Clip);
            results[4 + a] = LocalGlobal.Of(Picked(of[a].Coarse, inputs.Tensors[2 + a]), of[b].Coarse, options.Clip);
        }
        (string Name, long Cells)[] kinds = [("whole to coarse", of[0].Coarse.Size(1)), ("whole to fine", of[0].Fine.Size(1)),
            ("cell to coarse", of[0].Coarse.Size(1))];
        Tensor Mean(int kind, Func<LocalGlobalResult, Tensor> part) => (part(results[2 * kind]) + part(results[2 * kind + 1])) / 2;
        Tensor[] losses = [.. kinds.Select((_, kind) => Mean(kind, r => r.Loss))];
        var others = inputs.Tensors[0].Size(0) - 1;
        double[] candidates = [.. kinds.Select(kind => 1.0 + others * kind.Cells)];
        var penalty = Tensor.Stack([.. kinds.Select((_, kind) => Mean(kind, r => r.MeanSquare))]).Sum();
        return new(Tensor.Stack(losses).Sum() + penalty * options.Penalty, candidates.Sum(Math.Log),
        [
            .. kinds.Select((kind, i) => new Metric(Metric.Loss, losses[i].Detach(), Math.Log(candidates[i]), kind.Name)),
            .. kinds.Select((kind, i) => new Metric(Metric.Accuracy, Mean(i, r => r.Correct), 1 / candidates[i], kind.Name)),
            Metric.OutputStd(of[0].Whole),
        ]);
    }

    public void Dispose() => network.Dispose();

    private Scales See(Tensor x)
    {
        var maps = encoder.Stages(x);                                                       // [B, D, h, w]
        return new(whole.Forward(maps[^1].Mean([2, 3])), Cells(maps[^1], options.CoarseCells, coarse),
            Cells(maps[^2], options.FineCells, fine));
    }

    /// <returns>[B, L, d]</returns>
    private static Tensor Cells(Tensor map, int cells, Mlp head)
    {
        var pooled = map.AdaptiveAvgPool2d(Math.Min(cells, map.Size(2)), Math.Min(cells, map.Size(3))); // [B, D, h, w]
        var rows = pooled.Flatten(2).Transpose(1, 2);                                       // [B, L, D]
        return head.Forward(rows.Flatten(0, 1)).View(rows.Size(0), rows.Size(1), -1);
    }

    /// <param name="cells">[B, L, d]</param>
    /// <param name="which">0..1, [B]</param>
    /// <returns>[B, d]</returns>
    private static Tensor Picked(Tensor cells, Tensor which)
    {
        var place = (which * (double)cells.Size(1)).To(DType.Int64).Clamp(0, cells.Size(1) - 1);
        return cells.Gather(1, place.View(-1, 1, 1).Expand(cells.Size(0), 1, cells.Size(2))).View(cells.Size(0), cells.Size(2));
    }

    /// <param name="Whole">[B, d]</param>
    /// <param name="Coarse">[B, L, d]</param>
    /// <param name="Fine">[B, L', d]</param>
    private sealed record Scales(Tensor Whole, Tensor Coarse, Tensor Fine);
}
