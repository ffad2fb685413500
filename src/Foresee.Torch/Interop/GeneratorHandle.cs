using System.Runtime.InteropServices;

namespace Foresee.Torch.Interop;

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
