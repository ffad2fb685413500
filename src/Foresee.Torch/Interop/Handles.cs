using System.Runtime.InteropServices;

namespace Foresee.Torch.Interop;

/// <summary>One counted reference to a native tensor. A finaliser frees what nobody disposed.</summary>
internal sealed class TensorHandle : SafeHandle
{
    private static long living;

    public TensorHandle() : base(0, ownsHandle: true) { }

    internal TensorHandle(nint value) : base(0, ownsHandle: true)
    {
        SetHandle(value);
        Interlocked.Increment(ref living);
    }

    /// <summary>References held by this process's managed code right now.</summary>
    internal static long Living => Interlocked.Read(ref living);

    public override bool IsInvalid => handle == 0;

    protected override bool ReleaseHandle()
    {
        Interlocked.Decrement(ref living);
        Native.foresee_tensor_release(handle);
        return true;
    }
}

internal sealed class GeneratorHandle : SafeHandle
{
    public GeneratorHandle() : base(0, ownsHandle: true) { }

    internal GeneratorHandle(nint value) : base(0, ownsHandle: true) => SetHandle(value);

    public override bool IsInvalid => handle == 0;

    protected override bool ReleaseHandle()
    {
        Native.foresee_generator_release(handle);
        return true;
    }
}
