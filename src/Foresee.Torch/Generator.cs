using Foresee.Torch.Interop;

namespace Foresee.Torch;

/// <summary>A seeded source of random numbers on one device; its state can be saved and continued.</summary>
public sealed class Generator : IDisposable
{
    private readonly GeneratorHandle handle;

    public Generator(ulong seed, Device? device = null)
    {
        var place = device ?? Device.Cpu;
        Native.Check(Native.foresee_generator_new((int)place.Type, place.Index, seed, out var created));
        handle = new(created);
        Device = place;
    }

    /// <summary>Where its numbers are drawn.</summary>
    public Device Device { get; }

    internal nint Pointer => handle.IsClosed ? throw new ObjectDisposedException(nameof(Generator)) : handle.DangerousGetHandle();

    /// <summary>The state as a byte tensor.</summary>
    public Tensor State
    {
        get
        {
            Native.Check(Native.foresee_generator_state(handle, out var state));
            return Tensor.Own(state);
        }
        set => Native.Check(Native.foresee_generator_set_state(handle, value));
    }

    public void Dispose() => handle.Dispose();
}
