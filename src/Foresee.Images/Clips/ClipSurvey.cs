namespace Foresee.Images.Clips;

/// <summary>Whether folders hold clips: frames that follow each other are much alike, and not all the same.</summary>
public static class ClipSurvey
{
    private const int Pairs = 100, Side = 32;
    private const double Still = 0.1;   // grey levels, mean over a picture, below which nothing moves
    private const double Alike = 0.8;   // of the difference between frames of other clips, from which on frames don't belong together

    /// <exception cref="ImageDataException">Nothing moves, or the images of a folder are no more alike than those of others.</exception>
    public static void Check(ClipFrames clips)
    {
        var places = new SeededOrder(0).Permutation(clips.Count - 1).Where(i => clips.Clips[i] == clips.Clips[i + 1]).Take(Pairs).ToArray();
        var seen = places.Select(i => (Now: Grey(clips, i), Next: Grey(clips, i + 1), Clip: clips.Clips[i]))
            .Where(pair => pair is { Now: not null, Next: not null }).ToArray();
        if (seen.Length == 0) return; // whoever reads them all names them
        var within = seen.Average(pair => Difference(pair.Now!, pair.Next!));
        if (within < Still)
            throw new ImageDataException(FormattableString.Invariant(
                $"Nothing moves in the clips of {clips.Name}: frames that follow each other differ by {within:0.00} of 255 grey levels. ")
                + "Take clips in which something moves, or frames further apart (--frame-step, for videos a lower --frame-rate).");
        var others = seen.Zip(seen.Skip(1)).Where(two => two.First.Clip != two.Second.Clip)
            .Select(two => Difference(two.First.Now!, two.Second.Now!)).ToArray();
        if (others.Length > 0 && within > Alike * others.Average())
            throw new ImageDataException(FormattableString.Invariant(
                $"The folders of {clips.Name} seem to hold still images: neighbours differ by {within:0} of 255 grey levels, images of other folders by {others.Average():0}. ")
                + "Name folders whose images are the frames of a clip in the order of their names, or take a method for still images, such as "
                + "simclr.");
    }

    private static byte[]? Grey(ClipFrames clips, int index)
    {
        try
        {
            return clips.Read(index, new InputFormat(Side, Side, 1) { Small = SmallImages.Enlarge }).Pixels;
        }
        catch (UnreadableImageException)
        {
            return null; // the run's loader names and counts it
        }
    }

    private static double Difference(byte[] a, byte[] b) => a.Zip(b, (x, y) => Math.Abs(x - y)).Average();
}
