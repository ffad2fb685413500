using System.Globalization;
using System.Runtime.InteropServices;

namespace Foresee.Reports;

/// <summary>What the numbers were measured on.</summary>
/// <param name="Processor">The model's name as the system tells it.</param>
/// <param name="Cores">Processors this process may use, hardware threads counted singly.</param>
/// <param name="MemoryBytes">Memory this process may use; a container's limit where there is one.</param>
/// <param name="System">For instance "Debian GNU/Linux 12 (bookworm)".</param>
/// <param name="Accelerator">A GPU's name when the run used one.</param>
public sealed record Machine(string Processor, int Cores, long MemoryBytes, string System, string? Accelerator = null)
{
    /// <summary>Asks the system.</summary>
    public static Machine Read(string? accelerator = null) => new(
        ProcessorName(), Environment.ProcessorCount, GC.GetGCMemoryInfo().TotalAvailableMemoryBytes, RuntimeInformation.OSDescription,
        accelerator);

    public override string ToString()
    {
        var memory = (MemoryBytes / (double)(1L << 30)).ToString("0.#", CultureInfo.InvariantCulture);
        var text = $"{Processor}, {Cores} {(Cores == 1 ? "core" : "cores")}, {memory} GiB, {System}";
        return Accelerator is null ? text : $"{Accelerator}; {text}";
    }

    /// <summary>ARM kernels give no name, other systems than Linux no /proc.</summary>
    private static string ProcessorName() =>
        Torch.Processor.This.Name is var name && name != Torch.Processor.Unknown ? name : RuntimeInformation.ProcessArchitecture.ToString();
}
