using System.Diagnostics;
using Foresee.Torch.Interop;

namespace Foresee.Torch.Tests.Interop;

public sealed class OpenBlasTests
{
    private const string Avx512 = "avx2 avx512f avx512bw avx512vl";

    [Theory]
    [InlineData("Prescott", Avx512, "SkylakeX")]
    [InlineData("Prescott", "avx2", "Haswell")]
    [InlineData("Nehalem", "avx2", "Haswell")]
    [InlineData("Prescott", "sse3", null)]
    [InlineData("Cooperlake", Avx512, null)]
    [InlineData("Zen", Avx512, null)]
    [InlineData("Haswell", "avx2", null)]
    [InlineData("armv8", "asimd", null)]
    [InlineData(null, Avx512, null)]
    public void Only_a_slow_core_is_replaced(string? core, string flags, string? better) =>
        Assert.Equal(better, OpenBlas.Better(core, new Processor("made up", flags.Split(' ').ToHashSet())));

    /// <summary>A library that chooses as OpenBLAS does: by the variable, read when it is loaded.</summary>
    private const string Source = """
        #include <stdlib.h>
        static const char* core;
        __attribute__((constructor)) static void choose(void) { core = getenv("OPENBLAS_CORETYPE") ? getenv("OPENBLAS_CORETYPE") : "Prescott"; }
        const char* openblas_get_corename(void) { return core; }
        """;

    [Fact]
    public void A_slow_core_is_replaced_before_the_library_stays_loaded()
    {
        var folder = Directory.CreateTempSubdirectory("foresee-blas-").FullName;
        try
        {
            var library = Path.Combine(folder, "libopenblas-made-up.so");
            File.WriteAllText(Path.Combine(folder, "blas.c"), Source);
            using (var compiler = Process.Start("c++", ["-x", "c", "-shared", "-fPIC", "-o", library, Path.Combine(folder, "blas.c")]))
                compiler.WaitForExit();
            using var loaded = OpenBlas.Prepare(new("made up", new HashSet<string> { "avx2" }), library);
            if (Environment.GetEnvironmentVariable(OpenBlas.Setting) is not null)
            {
                Assert.Null(loaded); // what the user has set stays
                return;
            }
            Assert.Equal("Prescott", OpenBlas.Replaced);
            Assert.Equal("Haswell", OpenBlas.CoreInUse([$"7f00-7f01 r-xp 0000 08:01 42 {library}"]));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
