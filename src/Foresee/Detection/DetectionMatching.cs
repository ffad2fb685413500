namespace Foresee.Detection;

/// <summary>A detection of one class in one of several images.</summary>
public readonly record struct ScoredBox(int Image, double Score, Box Box);

/// <summary>An object of that class.</summary>
public readonly record struct TrueBox(int Image, Box Box, bool Difficult);

/// <summary>
/// Which detections of a class are hits, by the rules of PASCAL VOC and of COCO. They differ where several detections want one object.
/// </summary>
public static class DetectionMatching
{
    private const double Slack = 1e-9;  // an overlap of exactly the threshold is met
    private const int MostOfCoco = 100; // detections per image

    /// <summary>
    /// Each detection takes the object of its image that it overlaps most, found already or not (Everingham et al. 2010; the development
    /// kit's VOCevaldet). The overlap must be at least the threshold; a difficult object is ignored as often as it is found.
    /// </summary>
    /// <returns>By descending score over all images.</returns>
    public static IReadOnlyList<Outcome> Voc(IReadOnlyList<ScoredBox> detections, IReadOnlyList<TrueBox> objects, double threshold)
    {
        var (places, found) = (Places(objects), new bool[objects.Count]);
        return [.. detections.OrderByDescending(d => d.Score).Select(d =>
        {
            var (best, overlap) = (-1, double.NegativeInfinity);
            foreach (var o in places[d.Image])
                if (Box.Overlap(d.Box, objects[o].Box) is var here && here > overlap) (best, overlap) = (o, here);
            if (best < 0 || overlap < threshold - Slack) return Outcome.Miss;
            if (objects[best].Difficult) return Outcome.Ignored;
            if (found[best]) return Outcome.Miss;
            found[best] = true;
            return Outcome.Hit;
        })];
    }

    /// <summary>
    /// Each detection takes the object that it overlaps most of those not yet found, those that count before the difficult ones (Lin et al.
    /// 2014; cocoapi's evaluateImg). Of each image the 100 with the highest scores count.
    /// </summary>
    /// <returns>By descending score over all images.</returns>
    public static IReadOnlyList<Outcome> Coco(IReadOnlyList<ScoredBox> detections, IReadOnlyList<TrueBox> objects, double threshold)
    {
        var (places, found) = (Places(objects), new bool[objects.Count]);
        return [.. detections.GroupBy(d => d.Image).OrderBy(image => image.Key)
            .SelectMany(image => image.OrderByDescending(d => d.Score).Take(MostOfCoco))
            .Select(d => (d.Score, Outcome: Take(d))).ToList().OrderByDescending(d => d.Score).Select(d => d.Outcome)];

        Outcome Take(ScoredBox detection)
        {
            var (best, least) = (-1, threshold - Slack);
            foreach (var o in places[detection.Image].OrderBy(o => objects[o].Difficult))
            {
                if (found[o]) continue;
                if (best >= 0 && !objects[best].Difficult && objects[o].Difficult) break;
                if (Box.Overlap(detection.Box, objects[o].Box) is var here && here >= least) (best, least) = (o, here);
            }
            if (best < 0) return Outcome.Miss;
            found[best] = true;
            return objects[best].Difficult ? Outcome.Ignored : Outcome.Hit;
        }
    }

    private static ILookup<int, int> Places(IReadOnlyList<TrueBox> objects) => objects.Index().ToLookup(o => o.Item.Image, o => o.Index);
}
