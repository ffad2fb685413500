using System.Globalization;
using Foresee.Torch.Interop;

namespace Foresee.Torch;

public enum DeviceType
{
    Cpu = 0,
    Cuda = 1,
}

/// <summary>Where a tensor lives. Index -1 is the current device of its type.</summary>
public readonly record struct Device(DeviceType Type, int Index = -1)
{
    public static Device Cpu => new(DeviceType.Cpu);
    public static Device Cuda => new(DeviceType.Cuda, 0);

    /// <summary>CUDA devices that this libtorch can use; 0 when it was built without CUDA.</summary>
    public static int CudaCount => Native.foresee_cuda_devices();

    /// <summary>"cpu", "cuda" or "cuda:1"; refuses a device this machine lacks.</summary>
    public static Device Parse(string text)
    {
        if (text == "cpu") return Cpu;
        var index = 0;
        var known = text == "cuda" || (text.StartsWith("cuda:", StringComparison.Ordinal)
            && int.TryParse(text.AsSpan(5), NumberStyles.None, CultureInfo.InvariantCulture, out index));
        if (!known) throw new ArgumentException($"Unknown device '{text}'; use cpu, cuda or cuda:N.");
        var count = CudaCount;
        return index < count
            ? new(DeviceType.Cuda, index)
            : throw new ArgumentException($"Device '{text}' needs {index + 1} CUDA device(s), libtorch sees {count}; use --device cpu, or "
                + "set LIBTORCH to a libtorch built with CUDA.");
    }

    public override string ToString() => Type == DeviceType.Cpu ? "cpu" : $"cuda:{Math.Max(0, Index)}";
}
