namespace Foresee.Torch.Interop;

/// <summary>One argument of an operator, as .NET has it. Converts implicitly from everything a schema can name.</summary>
public readonly struct Argument
{
    internal readonly ValueKind Kind;
    internal readonly long Integer; // also the bits of a double
    internal readonly int Index;
    internal readonly object? Reference;

    private Argument(ValueKind kind, long integer = 0, object? reference = null, int index = 0)
    {
        Kind = kind;
        Integer = integer;
        Reference = reference;
        Index = index;
    }

    /// <summary>None of an optional argument.</summary>
    public static Argument None => default;

    /// <summary>The schema's default value, for an argument in the middle.</summary>
    public static Argument Default => new(ValueKind.Default);

    public static implicit operator Argument(Tensor? value) => value is null ? default : new(ValueKind.Tensor, 0, value);
    public static implicit operator Argument(int value) => new(ValueKind.Int, value);
    public static implicit operator Argument(long value) => new(ValueKind.Int, value);
    public static implicit operator Argument(double value) => new(ValueKind.Double, BitConverter.DoubleToInt64Bits(value));
    public static implicit operator Argument(bool value) => new(ValueKind.Bool, value ? 1 : 0);
    public static implicit operator Argument(string? value) => value is null ? default : new(ValueKind.String, 0, value);
    public static implicit operator Argument(DType value) => new(ValueKind.Int, (int)value);
    public static implicit operator Argument(MemoryFormat value) => new(ValueKind.Int, (int)value);
    public static implicit operator Argument(Device value) => new(ValueKind.Device, (int)value.Type, null, value.Index);
    public static implicit operator Argument(Generator? value) => value is null ? default : new(ValueKind.Generator, 0, value);
    public static implicit operator Argument(long[] value) => new(ValueKind.IntList, 0, value);
    public static implicit operator Argument(double[] value) => new(ValueKind.DoubleList, 0, value);
    public static implicit operator Argument(bool[] value) => new(ValueKind.BoolList, 0, value);
    public static implicit operator Argument(Tensor[] value) => new(ValueKind.TensorList, 0, value);

    /// <summary>A list in which null means none, as index arguments take it.</summary>
    public static Argument OptionalTensors(params Tensor?[] value) => new(ValueKind.OptionalTensorList, 0, value);
}
