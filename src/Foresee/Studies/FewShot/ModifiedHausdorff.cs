using Foresee.Images;

namespace Foresee.Studies.FewShot;

/// <summary>
/// d(A, B) = max(mean_a min_b |a - b|, mean_b min_a |a - b|) over the places of ink, each image's around its own mean: the baseline that
/// Omniglot's one-shot runs are published with (38.8 % error).
/// </summary>
/// <remarks>Dubuisson and Jain 1994, d_23; demo_classification.py beside the runs.</remarks>
public static class ModifiedHausdorff
{
    private const int Dark = 128; // ink is black on white

    /// <summary>Places of ink (row, column), less their mean.</summary>
    /// <exception cref="ImageDataException">There is no ink.</exception>
    public static (double Row, double Column)[] Ink(Image image, string name)
    {
        var places = new List<(double Row, double Column)>();
        for (var y = 0; y < image.Height; y++)
            for (var x = 0; x < image.Width; x++)
                if (image.Pixels[(y * image.Width + x) * image.Channels] < Dark) places.Add((y, x));
        if (places.Count == 0) throw new ImageDataException($"{name} has no ink, black on white; it can't be compared with others.");
        var (row, column) = (places.Average(place => place.Row), places.Average(place => place.Column));
        return [.. places.Select(place => (place.Row - row, place.Column - column))];
    }

    public static double Distance((double Row, double Column)[] a, (double Row, double Column)[] b) =>
        Math.Max(Directed(a, b), Directed(b, a));

    private static double Directed((double Row, double Column)[] from, (double Row, double Column)[] to)
    {
        var sum = 0.0;
        foreach (var (row, column) in from)
        {
            var least = double.PositiveInfinity;
            foreach (var other in to)
            {
                double down = row - other.Row, right = column - other.Column;
                least = Math.Min(least, down * down + right * right);
            }
            sum += Math.Sqrt(least);
        }
        return sum / from.Length;
    }
}
