namespace Foresee.Recipes;

/// <summary>Suggests what a mistyped word may have meant.</summary>
public static class NearestName
{
    /// <summary>
    /// The name with the fewest edits, or null when even that is another word (more than a third of the letters differ, and more than 2).
    /// </summary>
    public static string? Find(string typed, IEnumerable<string> names)
    {
        var nearest = names.Select(name => (name, edits: Edits(typed.ToLowerInvariant(), name.ToLowerInvariant())))
            .OrderBy(pair => pair.edits).FirstOrDefault();
        return nearest.name is not null && nearest.edits <= Math.Max(2, typed.Length / 3) ? nearest.name : null;
    }

    /// <summary>Letters to insert, delete, replace or swap with their neighbour to get from one word to the other.</summary>
    public static int Edits(string a, string b)
    {
        var distance = new int[a.Length + 1, b.Length + 1];
        for (var i = 0; i <= a.Length; i++) distance[i, 0] = i;
        for (var j = 0; j <= b.Length; j++) distance[0, j] = j;
        for (var i = 1; i <= a.Length; i++)
            for (var j = 1; j <= b.Length; j++)
            {
                var replaced = distance[i - 1, j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
                distance[i, j] = Math.Min(replaced, Math.Min(distance[i - 1, j], distance[i, j - 1]) + 1);
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                    distance[i, j] = Math.Min(distance[i, j], distance[i - 2, j - 2] + 1);
            }
        return distance[a.Length, b.Length];
    }
}
