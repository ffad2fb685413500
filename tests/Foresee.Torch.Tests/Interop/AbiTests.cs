using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using Foresee.Torch.Interop;

namespace Foresee.Torch.Tests.Interop;

/// <summary>native/bridge.h and Interop/Native.cs describe the same border, and so do kernels.h and NativeKernels.cs.</summary>
public sealed partial class AbiTests
{
    private const string Bridge = "bridge.h", OwnKernels = "kernels/kernels.h";

    private static string Header(string name = Bridge, [CallerFilePath] string here = "") =>
        File.ReadAllText(Path.Combine(Path.GetDirectoryName(here)!, "../../../native", name));

    /// <summary>Names and numbers of parameters of the C functions.</summary>
    private static Dictionary<string, int> Declared(string header) => Function().Matches(Comment().Replace(Header(header), ""))
        .ToDictionary(m => m.Groups["name"].Value, m => Parameters(m.Groups["parameters"].Value));

    private static int Parameters(string text)
    {
        if (text.Trim() is "" or "void") return 0;
        var (depth, count) = (0, 1);
        foreach (var letter in text)
        {
            if (letter == '(') depth++;
            if (letter == ')') depth--;
            if (letter == ',' && depth == 0) count++;
        }
        return count;
    }

    [Fact]
    public void The_built_bridge_has_the_ABI_this_code_was_written_for()
    {
        Assert.Equal(Native.Abi, Native.foresee_abi());
        Assert.Equal(Native.Abi, int.Parse(AbiNumber().Match(Header()).Groups[1].Value, System.Globalization.CultureInfo.InvariantCulture));
    }

    [Fact]
    public void The_built_kernels_have_the_ABI_this_code_was_written_for()
    {
        Assert.Equal(NativeKernels.Abi, NativeKernels.foresee_kernels_abi());
        Assert.Equal(NativeKernels.Abi,
            int.Parse(AbiNumber().Match(Header(OwnKernels)).Groups[1].Value, System.Globalization.CultureInfo.InvariantCulture));
    }

    [Theory]
    [InlineData(Bridge, typeof(Native), 25)]
    [InlineData(OwnKernels, typeof(NativeKernels), 13)]
    public void Every_function_of_the_header_is_declared_in_CSharp_with_as_many_parameters_and_the_other_way_round(string header,
        Type imports, int least)
    {
        var imported = imports.GetMethods(BindingFlags.Static | BindingFlags.NonPublic | BindingFlags.DeclaredOnly)
            .Where(m => m.Name.StartsWith("foresee_", StringComparison.Ordinal)).ToDictionary(m => m.Name, m => m.GetParameters().Length);
        var declared = Declared(header);
        Assert.True(declared.Count > least, $"only {declared.Count} functions were found in {header}");
        Assert.Equal(declared.OrderBy(f => f.Key), imported.OrderBy(f => f.Key));
    }

    [Fact]
    public void Every_function_of_the_header_is_exported_by_the_library()
    {
        var library = NativeLibrary.Load(Native.BridgePath());
        Assert.All(Declared(Bridge).Keys, name => Assert.True(NativeLibrary.TryGetExport(library, name, out _), name));
        Assert.All(Declared(OwnKernels).Keys, name => Assert.True(NativeLibrary.TryGetExport(NativeKernels.Handle, name, out _), name));
    }

    [Fact]
    public void Paths_states_and_structures_of_the_kernels_have_the_headers_numbers_and_sizes()
    {
        var numbers = Kind().Matches(Header(OwnKernels)).ToDictionary(m => m.Groups[1].Value, m =>
            int.Parse(m.Groups[2].Value, System.Globalization.CultureInfo.InvariantCulture));
        Assert.Equal((int)KernelPath.Plain, numbers["PATH_PLAIN"]);
        Assert.Equal((int)KernelPath.Avx2, numbers["PATH_AVX2"]);
        Assert.Equal((int)KernelPath.Avx512, numbers["PATH_AVX512"]);
        Assert.Equal((int)KernelPath.BFloat16, numbers["PATH_BF16"]);
        Assert.Equal((int)KernelPath.Amx, numbers["PATH_AMX"]);
        Assert.Equal((int)AmxMode.Emulated, numbers["AMX_EMULATED"]);
        Assert.Equal(numbers["PATHS"], Enum.GetValues<KernelPath>().Length);
        Assert.Equal((int)KernelStatus.NoPath, numbers["NO_PATH"]);
        Assert.Equal(80, Unsafe.SizeOf<NativeArray>());
        Assert.Equal(32, Unsafe.SizeOf<NativePatchEncoder>());
        Assert.Equal(56, Unsafe.SizeOf<NativeGridPredictions>());
        Assert.Equal(48, Unsafe.SizeOf<NativeBatchNorm>());
        Assert.Equal((int)KernelType.BFloat16, numbers["TYPE_BF16"]);
    }

    [Fact]
    public void Kinds_and_structures_have_the_headers_numbers_and_sizes()
    {
        var kinds = Kind().Matches(Header()).ToDictionary(m =>
            m.Groups[1].Value.Replace("_", "", StringComparison.Ordinal).ToUpperInvariant(), m =>
            int.Parse(m.Groups[2].Value, System.Globalization.CultureInfo.InvariantCulture));
        Assert.Equal(kinds.OrderBy(k => k.Value), Enum.GetValues<ValueKind>()
            .ToDictionary(k => k.ToString().ToUpperInvariant(), k => (int)k).OrderBy(k => k.Value));
        Assert.Equal(16, Unsafe.SizeOf<NativeValue>());
        Assert.Equal(40, Unsafe.SizeOf<NativeTensorInfo>());
    }

    [GeneratedRegex(@"//[^\n]*")]
    private static partial Regex Comment();

    [GeneratedRegex(@"\b(?<name>foresee_[a-z_]+)\((?<parameters>(?:[^()]|\([^()]*\))*)\);")]
    private static partial Regex Function();

    [GeneratedRegex(@"#define FORESEE_(?:KERNELS_)?ABI (\d+)")]
    private static partial Regex AbiNumber();

    [GeneratedRegex(@"FORESEE_([A-Z0-9_]+) = (\d+)")]
    private static partial Regex Kind();
}
