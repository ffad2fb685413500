namespace Foresee.Images;

/// <summary>What takes an unreadable image's place.</summary>
internal enum Replacement
{
    /// <summary>The batch gets smaller.</summary>
    None,

    /// <summary>The next readable image counted from half an epoch further on, so that it hardly meets itself in one batch.</summary>
    HalfAnEpochOn,
}

/// <summary>Which images make up a batch: Count places of an order, from Start.</summary>
internal sealed record BatchPlan(int[] Order, int Start, int Count, Replacement Replacement, LoaderPosition Next)
{
    /// <summary>Reads the image for one place; the number of the image that was read, or -1.</summary>
    public int Read(ImageCache images, int place, Span<byte> planes)
    {
        var index = Order[Start + place];
        if (images.TryRead(index, planes)) return index;
        if (Replacement == Replacement.None) return -1;
        var from = Start + place + Order.Length / 2;
        for (var i = 0; i < Order.Length; i++)
        {
            index = Order[(from + i) % Order.Length];
            if (images.TryRead(index, planes)) return index;
        }
        throw images.NothingReadable();
    }
}
