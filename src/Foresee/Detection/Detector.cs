using Foresee.Encoders;
using Foresee.Images;
using Foresee.Torch;
using Foresee.Torch.Layers;

namespace Foresee.Detection;

/// <summary>
/// Faster R-CNN (Ren et al. 2015) on an encoder: proposals from its maps, and of each proposal the class and a better box. Images come on a
/// canvas of the encoder's input size, in its upper left corner.
/// </summary>
public sealed class Detector : Module
{
    private readonly DetectorMaps maps;
    private readonly ProposalNetwork proposals;
    private readonly RegionHead head;
    private Anchored? anchored;

    /// <param name="encoder">Belongs to the detector from now on; its input is the canvas.</param>
    /// <exception cref="ArgumentException">The encoder has no maps for this network.</exception>
    public Detector(DetectorOptions options, IReadOnlyList<string> classes, Encoder encoder, Generator generator)
    {
        (Options, Classes, Encoder) = (options.Validate(), classes, encoder);
        if (classes.Count == 0) throw new ArgumentException("A detector needs at least one class, got none.");
        maps = Child("maps", DetectorMaps.Build(options, encoder, generator));
        proposals = Child("proposals", new ProposalNetwork(maps.Channels, maps.Levels[0].AnchorsPerPlace, generator));
        head = Child("regions", new RegionHead(maps.Features, classes.Count, generator));
    }

    public DetectorOptions Options { get; }

    public IReadOnlyList<string> Classes { get; }

    /// <summary>What it stands on.</summary>
    public Encoder Encoder { get; }

    /// <summary>The canvas.</summary>
    public InputFormat Input => Encoder.Input;

    public override Tensor Forward(Tensor x) => proposals.Of(maps.Of(x)).Logits;

    /// <param name="images">[B, C, height, width], normalised.</param>
    /// <param name="targets">Of each image.</param>
    /// <param name="random">Draws the anchors and regions that are learnt from.</param>
    public DetectorLoss LossOf(Tensor images, IReadOnlyList<DetectionTarget> targets, SeededOrder random)
    {
        var seen = maps.Of(images);
        var raw = proposals.Of(seen);
        var anchors = Anchors(seen);
        var (objectness, proposed) = DetectorLosses.OfProposals(raw, anchors.Boxes, targets, Options, random);
        var chosen = Propose(raw, anchors, [.. targets.Select(target => target.Extent)], Options.Proposals);
        DrawnRegions[] regions = [.. targets.Select((target, image) =>
            DrawnRegions.From([.. chosen[image], .. target.Boxes], target, Options, random))];
        var features = maps.Region(Pooled(seen, [.. regions.Select(region => region.Boxes)]));                  // [K, D]
        var (classes, boxes) = DetectorLosses.OfRegions(head.Forward(features), head.Deltas(features), regions);
        return new(objectness, proposed, classes, boxes);
    }

    /// <summary>Boxes of an image by descending score, in pixels of the canvas.</summary>
    /// <param name="images">[B, C, height, width], normalised.</param>
    /// <param name="extents">Of each image.</param>
    /// <param name="least">Boxes with a lower score are not told; null: the options say.</param>
    public IReadOnlyList<IReadOnlyList<DetectedObject>> Detect(Tensor images, IReadOnlyList<CanvasSize> extents, double? least = null)
    {
        using var noGrad = Autograd.NoGrad();
        using var scope = TensorScope.Begin();
        var seen = maps.Of(images);
        var chosen = Propose(proposals.Of(seen), Anchors(seen), extents, Math.Max(1, Options.Proposals / 3));
        if (chosen.All(boxes => boxes.Length == 0)) return [.. chosen.Select(_ => Array.Empty<DetectedObject>())];
        var features = maps.Region(Pooled(seen, chosen));                                                       // [K, D]
        float[] scores = head.Forward(features).Softmax(1).ToArray<float>(), deltas = head.Deltas(features).ToArray<float>();
        var (found, from) = (new List<IReadOnlyList<DetectedObject>>(), 0);
        foreach (var (boxes, extent) in chosen.Zip(extents))
        {
            found.Add(ObjectSelection.Of(boxes, scores.AsSpan(from * (Classes.Count + 1)), deltas.AsSpan(from * Classes.Count * 4),
                Classes.Count, extent, Options with { LeastScore = least ?? Options.LeastScore }));
            from += boxes.Length;
        }
        return found;
    }

    private sealed record Anchored(IReadOnlyList<int> Counts, Box[] Boxes);

    private Anchored Anchors(IReadOnlyList<Tensor> seen)
    {
        int[] counts = [.. seen.Zip(maps.Levels, (map, level) => (int)(map.Size(2) * map.Size(3)) * level.AnchorsPerPlace)];
        if (anchored is not null && anchored.Counts.SequenceEqual(counts)) return anchored;
        return anchored = new(counts,
            [.. seen.Zip(maps.Levels).SelectMany(level => level.Second.Anchors((int)level.First.Size(2), (int)level.First.Size(3)))]);
    }

    /// <summary>Without gradient: proposals are places to look at, and what is learnt of them they learn from their own loss.</summary>
    private Box[][] Propose(RawProposals raw, Anchored anchors, IReadOnlyList<CanvasSize> extents, int most)
    {
        float[] logits = raw.Logits.ToArray<float>(), deltas = raw.Deltas.ToArray<float>();
        var count = anchors.Boxes.Length;
        return [.. extents.Select((extent, image) => ProposalSelection.Of(logits.AsSpan(image * count, count),
            deltas.AsSpan(4 * image * count, 4 * count), anchors.Boxes, anchors.Counts, Options, extent, most))];
    }

    /// <summary>Each region from the level that suits its size, in the order of images and regions.</summary>
    /// <returns>[K, C, r, r]</returns>
    private Tensor Pooled(IReadOnlyList<Tensor> seen, IReadOnlyList<IReadOnlyList<Box>> regions)
    {
        var (parts, places, from) = (new List<Tensor>(), new List<long>(), 0L);
        foreach (var (image, boxes) in regions.Index())
        {
            foreach (var level in boxes.Index().GroupBy(box => maps.LevelOf(box.Item)))
            {
                var (stride, margin) = (maps.Levels[level.Key].Stride, maps.Levels[level.Key].Margin);
                parts.Add(RoiAlign.Pool(seen[level.Key].Select(0, image), [.. level.Select(box => box.Item.Place(1, 1, -margin, -margin))],
                    1 / stride, Options.RegionSize, Options.Samples));
                places.AddRange(level.Select(box => from + box.Index));
            }
            from += boxes.Count;
        }
        var order = new long[places.Count];
        foreach (var (at, place) in places.Index()) order[place] = at;
        return Tensor.Cat([.. parts]).IndexSelect(0, Tensor.From(order).To(seen[0].Device));
    }
}
