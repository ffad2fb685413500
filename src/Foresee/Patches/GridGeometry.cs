using Foresee.Augmentation;

namespace Foresee.Patches;

/// <summary>How an image is cut into a grid of overlapping square patches. Integers only; all sizes in pixels.</summary>
/// <param name="Height">Of the image.</param>
/// <param name="Width">Of the image.</param>
/// <param name="Patch">Side of a patch.</param>
/// <param name="Stride">Distance from one patch to the next, the same in both directions; at most the patch.</param>
public sealed record GridGeometry(int Height, int Width, int Patch, int Stride)
{
    /// <summary>Grid positions from top to bottom: H.</summary>
    public int Rows => (Height - Patch) / Stride + 1;

    /// <summary>Grid positions from left to right: W.</summary>
    public int Columns => (Width - Patch) / Stride + 1;

    public int Positions => Rows * Columns;

    /// <summary>The pixels of the patch at a position, row by row.</summary>
    public Window WindowOf(int position) => new(position / Columns * Stride, position % Columns * Stride, Patch, Patch);

    /// <summary>
    /// The nearest offset in grid rows at which two patches share no pixel: 2 for 8-px patches at stride 4, 3 for 80 at 36.
    /// A prediction at a smaller offset can be made by copying, which teaches nothing.
    /// </summary>
    public int FirstOffsetWithoutSharedPixels => (Patch + Stride - 1) / Stride;

    /// <summary>Adds this record's faults to the list.</summary>
    public void Validate(ICollection<string> faults)
    {
        if (Patch < 1) faults.Add($"the patch must have at least 1 pixel, got {Patch}");
        if (Stride < 1 || Stride > Patch) faults.Add($"the stride must lie in 1..{Patch} (the patch), got {Stride}");
        if (Height < Patch || Width < Patch)
            faults.Add($"an image of {Height} x {Width} pixels holds no patch of {Patch}; use larger images or a smaller patch");
    }

    /// <exception cref="ArgumentException">Names every fault at once.</exception>
    public GridGeometry Validate()
    {
        var faults = new List<string>();
        Validate(faults);
        if (faults.Count > 0) throw new ArgumentException($"Grid: {string.Join("; ", faults)}.");
        return this;
    }

    /// <summary>Adds what is wrong with offsets along lines of so many patches.</summary>
    public void CheckOffsets(IReadOnlyList<int> offsets, int lines, ICollection<string> faults)
    {
        if (offsets.Count == 0) faults.Add("at least one offset is needed");
        foreach (var offset in offsets)
        {
            if (offset < FirstOffsetWithoutSharedPixels)
                faults.Add($"offset {offset} predicts patches that share pixels with the context; start at "
                    + $"{FirstOffsetWithoutSharedPixels} for {this}");
            if (offset >= lines) faults.Add($"offset {offset} leaves the grid of {Rows} x {Columns}; the largest is {lines - 1}");
        }
    }

    public override string ToString() => $"{Rows} x {Columns} patches of {Patch} px at stride {Stride} from {Height} x {Width} px";
}
