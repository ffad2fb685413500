using Foresee.Torch.Interop;

namespace Foresee.Torch.Tests.Interop;

/// <summary>The AMX path with its tiles' instructions in plain C, for this thread, until disposed.</summary>
internal sealed class EmulatedTiles : IDisposable
{
    /// <summary>What the emulation needs all the same: bf16 in vectors of 16 floats.</summary>
    public static string? Lacking => Kernels.Has(KernelPath.BFloat16) ? null : "this processor has no avx512_bf16";

    private readonly IDisposable forced;

    public EmulatedTiles()
    {
        Assert.Equal(1, NativeKernels.foresee_kernels_amx(AmxMode.Emulated));
        forced = Kernels.Force(KernelPath.Amx);
    }

    public void Dispose()
    {
        forced.Dispose();
        NativeKernels.foresee_kernels_amx(Kernels.Amx.On ? AmxMode.On : AmxMode.Off);
    }
}

/// <summary>Skipped where the emulation can't run.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class EmulatedTilesFactAttribute : FactAttribute
{
    public EmulatedTilesFactAttribute() => Skip = EmulatedTiles.Lacking;
}

/// <summary>Skipped on processors without AMX.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class AmxFactAttribute : FactAttribute
{
    public AmxFactAttribute()
    {
        if (!Processor.This.HasAmxBFloat16) Skip = "this processor has no AMX";
    }
}
