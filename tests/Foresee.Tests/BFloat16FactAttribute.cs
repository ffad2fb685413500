using Foresee.Torch.Interop;

namespace Foresee.Tests;

/// <summary>A test of the bf16 kernels, left out and counted as skipped on processors without AVX-512's bf16.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class BFloat16FactAttribute : FactAttribute
{
    public BFloat16FactAttribute()
    {
        if (!Kernels.HasBFloat16) Skip = "this processor has no avx512_bf16";
    }
}
