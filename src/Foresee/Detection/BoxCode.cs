namespace Foresee.Detection;

/// <summary>What a network tells of a box against a reference box.</summary>
public readonly record struct BoxDelta(double X, double Y, double Width, double Height);

/// <summary>
/// A box b against a reference r, centres x, y and sides w, h (Girshick et al. 2014, appendix C; the weights of Fast R-CNN):
///   t_x = v_x (b_x - r_x) / r_w,  t_y = v_y (b_y - r_y) / r_h,  t_w = v_w ln(b_w / r_w),  t_h = v_h ln(b_h / r_h)
/// </summary>
/// <remarks>Decoding cuts t_w / v_w and t_h / v_h at ln(1000 / 16), so that the exponential of a raw network stays finite.</remarks>
public sealed record BoxCode(double X, double Y, double Width, double Height)
{
    private static readonly double Largest = Math.Log(1000.0 / 16);

    /// <summary>Of region proposals.</summary>
    public static BoxCode Unweighted { get; } = new(1, 1, 1, 1);

    /// <summary>Of the second stage.</summary>
    public static BoxCode Regions { get; } = new(10, 10, 5, 5);

    /// <param name="box">Of sides above 0, as <paramref name="reference"/>.</param>
    public BoxDelta Encode(Box box, Box reference) => new(
        X * ((box.Left + box.Right) - (reference.Left + reference.Right)) / 2 / reference.Width,
        Y * ((box.Top + box.Bottom) - (reference.Top + reference.Bottom)) / 2 / reference.Height,
        Width * Math.Log(box.Width / reference.Width), Height * Math.Log(box.Height / reference.Height));

    public Box Decode(BoxDelta delta, Box reference)
    {
        var x = (reference.Left + reference.Right) / 2 + delta.X / X * reference.Width;
        var y = (reference.Top + reference.Bottom) / 2 + delta.Y / Y * reference.Height;
        var width = reference.Width * Math.Exp(Math.Min(delta.Width / Width, Largest));
        var height = reference.Height * Math.Exp(Math.Min(delta.Height / Height, Largest));
        return new(x - width / 2, y - height / 2, x + width / 2, y + height / 2);
    }
}
