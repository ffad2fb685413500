using System.ComponentModel;
using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Serialization;
using Foresee.Torch;

namespace Foresee.Benchmarks;

/// <summary>A PyTorch that Foresee is measured against: the programs in benchmarks/baseline and the Python that runs them.</summary>
/// <param name="Command">What starts that Python: a file, or a program and its arguments, for instance one that enters a chroot.</param>
/// <param name="Program">benchmarks/baseline.</param>
/// <param name="Torch">Null when it can't be used.</param>
/// <param name="Fault">Why it can't be used, and what to do.</param>
internal sealed record Baseline(IReadOnlyList<string> Command, string Program, PyTorch? Torch, string? Fault)
{
    public const string DebianPython = "/usr/bin/python3";

    private const string Remedy =
        "so there is nothing to compare with; apt-get install python3-torch python3-torchvision, or name another Python with --peer.";

    /// <summary>
    /// glibc gives every large block back at once and faults it in anew for the next tensor; users who care keep them
    /// (PyTorch's own tuning guide suggests another allocator for the same reason).
    /// </summary>
    private static readonly KeyValuePair<string, string>[] keptMemory =
    [
        new("MALLOC_MMAP_MAX_", "0"),
        new("MALLOC_TRIM_THRESHOLD_", "17179869184"),
        new("MALLOC_TOP_PAD_", "268435456"),
    ];

    /// <summary>Of one peer or of several; "PyTorch 2.14.1".</summary>
    public string Name => Torch is null ? string.Join(' ', Command) : $"PyTorch {Torch.Version}";

    /// <summary>What would make it quicker; null where nothing is missing.</summary>
    public string? Remark => Torch switch
    {
        null => null,
        { OpenmpBlas: null } => $"{Name}, tuned, would be quicker with apt-get install libopenblas0-openmp",
        { LacksCompiler: true } => $"{Name} could compile with apt-get install g++ python3-dev, which torch.compile needs",
        _ => null,
    };

    /// <param name="command">Words between spaces.</param>
    public static Baseline Find(string command)
    {
        string[] words = command.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var program = Path.GetDirectoryName(Checkout.Find("benchmarks/baseline/baseline.py"))!;
        Baseline Missing(string why) => new(words, program, null, $"{command} {why}, {Remedy}");
        if (words.Length == 0) return Missing("names no program");
        var start = new ProcessStartInfo(words[0], [.. words[1..], Path.Combine(program, "about.py")])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["PYTHONDONTWRITEBYTECODE"] = "1";
        try
        {
            using var process = Process.Start(start)!;
            var errors = process.StandardError.ReadToEndAsync();
            var about = process.StandardOutput.ReadToEnd().Trim();
            process.WaitForExit();
            if (process.ExitCode == 0) return new(words, program, JsonSerializer.Deserialize<PyTorch>(about), null);
            var last = errors.Result.Split('\n', StringSplitOptions.RemoveEmptyEntries).LastOrDefault();
            return Missing($"has no PyTorch with torchvision ({last})");
        }
        catch (Win32Exception error)
        {
            return Missing($"can't be started ({error.Message})");
        }
        catch (JsonException)
        {
            return Missing("is no Python (it does not answer as benchmarks/baseline/about.py does)");
        }
    }

    public bool Plays(Role role) =>
        Torch is not null && role is not Role.Foresee && (role is not Role.BaselineCompiled || Torch.Compiles);

    /// <summary>A side's name in tables and JSON.</summary>
    public string SideName(Role role) => $"pytorch_{Torch!.Version}_{Variant(role)}";

    /// <summary>
    /// The ways to start it, of which the quickest counts: OpenBLAS with threads of its own leaves them waiting on the cores that OpenMP's
    /// threads need, so either it uses OpenMP's or one thread; and bf16, where the processor multiplies in it, or f32.
    /// </summary>
    public IReadOnlyList<SideStart> Starts(Side side, string folder, int threads, DType compute)
    {
        if (side.Role == Role.BaselineDefault) return [new("as it starts", Start(side, folder, threads, bf16: false))];
        var oneThread = KeyValuePair.Create("OPENBLAS_NUM_THREADS", "1");
        List<(string Name, KeyValuePair<string, string> Setting)> blas = [];
        if (Torch!.OpenmpBlas is { } openmp) blas.Add(("BLAS in OpenMP's threads", new("LD_LIBRARY_PATH", openmp)));
        // compiling takes a minute and its products go to oneDNN in bf16, so only the better BLAS is compiled for
        if (blas.Count == 0 || side.Role == Role.BaselineTuned) blas.Add(("BLAS in one thread", oneThread));
        bool[] precisions = compute == DType.BFloat16 && side.Multiplies ? [true, false] : [false];
        if (!side.Multiplies) blas = [blas[0]];
        return [.. from bf16 in precisions
                   from choice in blas
                   select new SideStart($"{(bf16 ? "bf16" : "f32")}, {choice.Name}",
                       Start(side, folder, threads, bf16, [.. keptMemory, choice.Setting]))];
    }

    private ProcessStartInfo Start(Side side, string folder, int threads, bool bf16, params KeyValuePair<string, string>[] environment)
    {
        var start = new ProcessStartInfo(Command[0],
            [.. Command.Skip(1), Path.Combine(Program, "baseline.py"), side.Work, Variant(side.Role), folder, $"{threads}"]);
        if (bf16) start.ArgumentList.Add("--bf16");
        start.Environment["PYTHONDONTWRITEBYTECODE"] = "1";
        foreach (var (name, value) in environment) start.Environment[name] = value;
        return start;
    }

    private static string Variant(Role role) => role switch
    {
        Role.BaselineDefault => "default",
        Role.BaselineTuned => "tuned",
        _ => "compiled",
    };
}

/// <summary>What benchmarks/baseline/about.py answers.</summary>
/// <param name="Compiles">torch.compile works there.</param>
/// <param name="LacksCompiler">It would with g++.</param>
/// <param name="OpenmpBlas">The folder of the OpenBLAS that uses OpenMP's threads; null where it is not installed.</param>
internal sealed record PyTorch(
    [property: JsonPropertyName("version")] string Version,
    [property: JsonPropertyName("compiles")] bool Compiles,
    [property: JsonPropertyName("lacks_compiler")] bool LacksCompiler,
    [property: JsonPropertyName("openmp_blas")] string? OpenmpBlas);
