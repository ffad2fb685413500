using System.Runtime.InteropServices;

namespace Foresee.Torch.Interop;

/// <summary>Where Foresee's own native libraries may be.</summary>
internal static class NativeFile
{
    /// <summary>Beside the program (built in this checkout), or as a package brings it.</summary>
    public static IEnumerable<string> Places(string library)
    {
        var file = $"lib{library}.so";
        yield return Path.Combine(AppContext.BaseDirectory, file);
        // Not RuntimeInformation.RuntimeIdentifier, which names the distribution where its own .NET runs (debian.13-x64).
        var system = $"linux-{RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant()}";
        yield return Path.Combine(AppContext.BaseDirectory, "runtimes", system, "native", file);
    }
}
