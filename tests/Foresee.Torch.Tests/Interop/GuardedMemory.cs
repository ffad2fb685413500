using System.Runtime.InteropServices;

namespace Foresee.Torch.Tests.Interop;

/// <summary>Memory that ends where a page begins that may not be touched: reading or writing past the end ends the process.</summary>
internal sealed unsafe partial class GuardedMemory : IDisposable
{
    private const int Page = 4096, ReadWrite = 3, Nothing = 0, PrivateAnonymous = 0x22;
    private readonly List<(nint Start, nint Length)> blocks = [];

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint mmap(nint address, nint length, int protection, int flags, int file, nint offset);
    [LibraryImport("libc", SetLastError = true)] private static partial int mprotect(nint address, nint length, int protection);
    [LibraryImport("libc", SetLastError = true)] private static partial int munmap(nint address, nint length);

    /// <summary>A copy of the tensor, as it lies in memory, at the end of its pages.</summary>
    /// <param name="shift">Bytes that it begins later than at a multiple of 4, and so also ends earlier than the guard.</param>
    public Tensor Copy(Tensor tensor, int shift = 0)
    {
        var bytes = checked((nint)tensor.Elements * tensor.DType.Size());
        var length = (bytes + 4 + Page - 1) / Page * Page;
        var start = mmap(0, length + Page, ReadWrite, PrivateAnonymous, -1, 0);
        Assert.True(start > 0, $"mmap failed: {Marshal.GetLastPInvokeErrorMessage()}");
        blocks.Add((start, length + Page));
        Assert.Equal(0, mprotect(start + length, Page, Nothing));
        var begin = start + length - bytes - (shift == 0 ? 0 : 4 - shift);
        var from = tensor.Contiguous();
        Buffer.MemoryCopy((void*)from.DataPointer, (void*)begin, bytes, bytes);
        GC.KeepAlive(from);
        fixed (long* sizes = tensor.Shape)
        {
            Torch.Interop.Native.Check(Torch.Interop.Native.foresee_tensor_from_memory(begin, sizes, tensor.Dimensions,
                (int)tensor.DType, &Keep, 0, out var made));
            return Tensor.Own(made);
        }
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(System.Runtime.CompilerServices.CallConvCdecl)])]
    private static void Keep(nint context) { } // the pages go with this object

    public void Dispose()
    {
        foreach (var (start, length) in blocks) munmap(start, length);
    }
}
