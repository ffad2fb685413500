namespace Foresee.Torch;

/// <summary>How a network's products are computed.</summary>
/// <param name="Type">What factors are rounded to: Float32, or BFloat16 where the hardware multiplies in it. Sums, norms and losses stay
/// Float32.</param>
/// <param name="Plain">Only libtorch's own operators, none of the fused kernels; for comparison.</param>
public readonly record struct Arithmetic(DType Type, bool Plain = false)
{
    public static Arithmetic Float32 { get; } = new(DType.Float32);

    public static implicit operator Arithmetic(DType type) => FromDType(type);

    public static Arithmetic FromDType(DType type) => new(type);
}
