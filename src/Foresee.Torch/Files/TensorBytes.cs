namespace Foresee.Torch.Files;

/// <summary>A tensor's elements as raw bytes in row-major order, in pieces, as one may exceed what a span can hold.</summary>
internal static class TensorBytes
{
    private const int Piece = 1 << 28;

    public static unsafe void Write(Tensor tensor, Stream stream)
    {
        using var scope = TensorScope.Begin();
        var plain = tensor.Detach().To(Device.Cpu).Contiguous();
        var data = (byte*)plain.DataPointer;
        var length = plain.Elements * plain.DType.Size();
        for (long at = 0; at < length; at += Piece)
            stream.Write(new ReadOnlySpan<byte>(data + at, (int)Math.Min(Piece, length - at)));
    }

    public static unsafe void Read(Tensor tensor, Stream stream)
    {
        var data = (byte*)tensor.DataPointer;
        var length = tensor.Elements * tensor.DType.Size();
        for (long at = 0; at < length; at += Piece)
            stream.ReadExactly(new Span<byte>(data + at, (int)Math.Min(Piece, length - at)));
    }
}
