using System.CommandLine;
using System.Globalization;
using Foresee.Torch;
using Foresee.Torch.Interop;

namespace Foresee.Cli;

/// <summary>What numbers products are computed in, and why.</summary>
internal sealed record Precision(DType Type, string Name, string Reason)
{
    /// <summary>The option --precision.</summary>
    public static Option<string?> Option()
    {
        var option = new Option<string?>("--precision")
        {
            Description = "what products are computed in (default: bf16 where the hardware has it)",
            HelpName = "f32|bf16",
        };
        option.AcceptOnlyFromAmong("f32", "bf16");
        return option;
    }

    /// <param name="wanted">f32 or bf16; null for the faster of them.</param>
    public static Precision For(Device device, string? wanted) => wanted switch
    {
        "f32" => new(DType.Float32, "f32", "asked for by --precision"),
        "bf16" => new(DType.BFloat16, "bf16", "asked for by --precision; weights, norms and losses stay f32"),
        _ => For(device),
    };

    public static Precision For(Device device)
    {
        if (device.Type == DeviceType.Cuda)
            return new(DType.BFloat16, "bf16", "a CUDA device multiplies bf16 in hardware; weights, norms and losses stay f32");
        if (KernelRates.This is { } rates) return For(rates);
        if (Kernels.Width == 0 && Processor.This.HasBFloat16)
            return new(DType.BFloat16, "bf16", "the processor multiplies bf16 in hardware; weights, norms and losses stay f32");
        return Processor.This.HasBFloat16
            ? new(DType.Float32, "f32", "there are own kernels for it here and none for bf16, and libtorch's bf16 is slower than they are")
            : new(DType.Float32, "f32", "the processor has neither avx512_bf16 nor amx_bf16, and emulated bf16 is slower");
    }

    /// <summary>The faster of the two where the kernels have both.</summary>
    internal static Precision For(KernelRates rates)
    {
        var measured = string.Create(CultureInfo.InvariantCulture,
            $"a core makes {rates.BFloat16:0} GFLOP/s in products of bf16 and {rates.Float32:0} in those of f32");
        return rates.BFloat16IsFaster ? new(DType.BFloat16, "bf16", $"{measured}; weights, norms and losses stay f32")
            : new(DType.Float32, "f32", measured);
    }

    public override string ToString() => $"{Name}: {Reason}";
}
