using System.ComponentModel;
using System.Diagnostics;
using Foresee.Torch;

namespace Foresee.Benchmarks;

/// <summary>The PyTorch that Foresee is measured against: the programs in benchmarks/baseline and the Python that runs them.</summary>
/// <param name="Version">Of PyTorch; null when it is not there.</param>
/// <param name="Fault">Why it can't be used, and what to do.</param>
internal sealed record Baseline(string Python, string Program, string? Version, string? Fault)
{
    public const string DebianPython = "/usr/bin/python3";

    private const string Remedy =
        "so there is nothing to compare with; apt-get install python3-torch python3-torchvision, or name another Python with --python.";

    /// <summary>
    /// glibc gives every large block back at once and faults it in anew for the next tensor; users who care keep them
    /// (PyTorch's own tuning guide suggests another allocator for the same reason). OpenBLAS with threads of its own leaves them waiting
    /// on the cores that OpenMP's threads need; the build that uses OpenMP's, or one thread, does not.
    /// </summary>
    private static readonly Dictionary<string, string> tuned = new()
    {
        ["MALLOC_MMAP_MAX_"] = "0",
        ["MALLOC_TRIM_THRESHOLD_"] = "17179869184",
        ["MALLOC_TOP_PAD_"] = "268435456",
        [SharedThreads is null ? "OPENBLAS_NUM_THREADS" : "LD_LIBRARY_PATH"] = SharedThreads ?? "1",
    };

    /// <summary>The folder of the OpenBLAS that uses OpenMP's threads; null where it is not installed.</summary>
    private static string? SharedThreads =>
        new[] { "x86_64", "aarch64" }.Select(machine => $"/usr/lib/{machine}-linux-gnu/openblas-openmp").FirstOrDefault(Directory.Exists);

    /// <summary>What would make the tuned baseline quicker; null where nothing is missing.</summary>
    public static string? Remark =>
        SharedThreads is null ? "the tuned baseline would be quicker with apt-get install libopenblas0-openmp" : null;

    public static Baseline Find(string python)
    {
        var program = Checkout.Find("benchmarks/baseline/baseline.py");
        var start = new ProcessStartInfo(python, ["-c", "import torch, torchvision; print(torch.__version__)"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        try
        {
            using var process = Process.Start(start)!;
            var errors = process.StandardError.ReadToEndAsync();
            var version = process.StandardOutput.ReadToEnd().Trim();
            process.WaitForExit();
            if (process.ExitCode == 0) return new(python, program, version, null);
            var last = errors.Result.Split('\n', StringSplitOptions.RemoveEmptyEntries).LastOrDefault();
            return new(python, program, null, $"{python} has no PyTorch with torchvision ({last}), {Remedy}");
        }
        catch (Win32Exception error)
        {
            return new(python, program, null, $"{python} can't be started ({error.Message}), {Remedy}");
        }
    }

    public ProcessStartInfo Start(Side side, string folder, int threads, DType compute)
    {
        var isTuned = side.Role == Role.BaselineTuned;
        var start = new ProcessStartInfo(Python, [Program, side.Work, isTuned ? "tuned" : "default", folder, $"{threads}"]);
        if (!isTuned) return start;
        if (compute == DType.BFloat16) start.ArgumentList.Add("--bf16");
        foreach (var (name, value) in tuned) start.Environment[name] = value;
        return start;
    }
}
