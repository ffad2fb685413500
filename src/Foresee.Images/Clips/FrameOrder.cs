namespace Foresee.Images.Clips;

/// <summary>By name, numbers by their value: frame2 before frame10, whether or not zeros stand before them.</summary>
internal sealed class FrameOrder : IComparer<string>
{
    public static FrameOrder Instance { get; } = new();

    public int Compare(string? x, string? y)
    {
        var a = x.AsSpan();
        var b = y.AsSpan();
        while (!a.IsEmpty && !b.IsEmpty)
        {
            var (digitsOfA, digitsOfB) = (Digits(a), Digits(b));
            var order = digitsOfA > 0 && digitsOfB > 0 ? Numbers(a[..digitsOfA], b[..digitsOfB]) : a[0].CompareTo(b[0]);
            if (order != 0) return order;
            var numbers = digitsOfA > 0 && digitsOfB > 0;
            a = a[(numbers ? digitsOfA : 1)..];
            b = b[(numbers ? digitsOfB : 1)..];
        }
        return a.Length != b.Length ? a.Length.CompareTo(b.Length) : string.CompareOrdinal(x, y); // 7 and 007 are not the same name
    }

    private static int Digits(ReadOnlySpan<char> text)
    {
        var other = text.IndexOfAnyExceptInRange('0', '9');
        return other < 0 ? text.Length : other;
    }

    private static int Numbers(ReadOnlySpan<char> a, ReadOnlySpan<char> b)
    {
        a = a.TrimStart('0');
        b = b.TrimStart('0');
        return a.Length != b.Length ? a.Length.CompareTo(b.Length) : a.SequenceCompareTo(b);
    }
}
