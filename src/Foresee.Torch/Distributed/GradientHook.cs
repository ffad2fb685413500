using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Foresee.Torch.Interop;

namespace Foresee.Torch.Distributed;

/// <summary>Calls back when Backward has left a weight's gradient in it, while the rest of the backward goes on.</summary>
public sealed unsafe class GradientHook : IDisposable
{
    private readonly Action arrived;
    private GCHandle self;
    private nint hook;

    /// <param name="weight">A leaf that requires a gradient.</param>
    /// <param name="arrived">In the thread of the backward. What it throws is kept in <see cref="Error"/>.</param>
    public GradientHook(Tensor weight, Action arrived)
    {
        this.arrived = arrived;
        self = GCHandle.Alloc(this);
        if (Native.foresee_gradient_hook(weight, &OnArrived, GCHandle.ToIntPtr(self), out hook) == 0) return;
        self.Free();
        Native.Check(-1);
    }

    /// <summary>Of the last call that failed.</summary>
    public Exception? Error { get; private set; }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void OnArrived(nint context)
    {
        var owner = (GradientHook)GCHandle.FromIntPtr(context).Target!;
        try
        {
            owner.arrived();
        }
        catch (Exception error)
        {
            owner.Error = error; // none may cross into libtorch
        }
    }

    public void Dispose()
    {
        if (hook == 0) return;
        Native.foresee_gradient_hook_release(hook);
        hook = 0;
        self.Free();
    }
}
