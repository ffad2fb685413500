namespace Foresee.Cli.Tests;

/// <summary>The launcher's refusals; its building is what started these tests.</summary>
public sealed class LauncherTests
{
    [Fact]
    public void A_LIBTORCH_that_is_none_is_refused_with_what_it_lacks()
    {
        var result = Invocation.Start(Path.Combine(Invocation.Checkout(), "foresee"), ["--help"], ("LIBTORCH", "/no/such/libtorch"));
        Assert.Equal(1, result.Code);
        Assert.Contains("LIBTORCH is '/no/such/libtorch'", result.Error, StringComparison.Ordinal);
        Assert.Contains("lib/libtorch_cpu.so", result.Error, StringComparison.Ordinal);
        Assert.Empty(result.Out);
    }

    [Fact]
    public void Without_dotnet_the_launcher_says_where_to_get_it()
    {
        var tools = Directory.CreateTempSubdirectory("foresee-tools-").FullName; // all that the launcher needs up to there
        try
        {
            foreach (var tool in new[] { "dirname", "readlink", "uname" }) File.CreateSymbolicLink(Path.Combine(tools, tool),
                Path.Combine("/usr/bin", tool));
            var result = Invocation.Start("/bin/sh", [Path.Combine(Invocation.Checkout(), "foresee")], ("PATH", tools),
                ("HOME", "/nonexistent"), ("DOTNET_ROOT", null));
            Assert.Equal(1, result.Code);
            Assert.Contains("https://dotnet.microsoft.com/download/dotnet/10.0", result.Error, StringComparison.Ordinal);
        }
        finally
        {
            Directory.Delete(tools, recursive: true);
        }
    }

    [Theory]
    [InlineData("./foresee", "./foresee")]
    [InlineData("../my checkout/foresee", "../my checkout/foresee")]
    [InlineData("foresee", "./foresee")]
    [InlineData("BIN/foresee", "foresee")]
    public void The_program_learns_how_its_launcher_was_typed(string zero, string expected)
    {
        var folder = Directory.CreateTempSubdirectory("foresee-bin-").FullName;
        try
        {
            File.WriteAllText(Path.Combine(folder, "foresee"), "#!/bin/sh\n");
            Invocation.Start("chmod", ["+x", Path.Combine(folder, "foresee")]);
            var result = Invocation.Start("/bin/sh", ["-euc", ". \"$root/src/setup.sh\"; how_started \"$1\"", "sh",
                zero.Replace("BIN", folder, StringComparison.Ordinal)],
                ("root", Invocation.Checkout()), ("PATH", $"{folder}:/usr/bin:/bin"));
            Assert.Equal(("", expected + "\n"), (result.Error, result.Out));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Theory]
    [InlineData("ulimit -n 40", "only 40 files here, Foresee needs 256; raise the limit (ulimit -n 256)")]
    [InlineData("ulimit -v 1000000", "only 1000000 KiB of address space here")]
    public void Too_little_room_for_the_runtime_is_refused_before_it_starts(string limit, string expected)
    {
        var result = Invocation.Start("/bin/bash", ["-c",
            $"{limit}; root={Invocation.Checkout()}; . $root/src/setup.sh; enough_room; echo enough"]);
        Assert.Equal((1, ""), (result.Code, result.Out));
        Assert.Contains(expected, Assert.Single(result.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries)),
            StringComparison.Ordinal);
        Assert.Equal("enough\n", Invocation.Start("/bin/bash",
            ["-c", $"ulimit -Sn 40; root={Invocation.Checkout()}; . $root/src/setup.sh; enough_room; echo enough"]).Out);
    }

    private sealed record SetUp(int Code, string Error, string Calls);

    /// <summary>Set-up where libtorch and make are missing, on a system whose packages offer what the test says.</summary>
    /// <param name="offered">The packages' names; null for a system without apt-get.</param>
    private static SetUp Install(string[]? offered)
    {
        var tools = Directory.CreateTempSubdirectory("foresee-tools-").FullName;
        var calls = Path.Combine(tools, "calls");
        void Write(string tool, string script)
        {
            File.WriteAllText(Path.Combine(tools, tool), $"#!/bin/sh\n{script}\n");
            Invocation.Start("chmod", ["+x", Path.Combine(tools, tool)]);
        }
        try
        {
            foreach (var tool in new[] { "sed", "tr", "env", "uname", "mktemp", "grep", "tail", "rm", "readlink" })
                File.CreateSymbolicLink(Path.Combine(tools, tool), Path.Combine("/usr/bin", tool));
            if (offered is not null)
            {
                Write("apt-get", $"echo \"$*\" >>{calls}");
                Write("apt-cache", $"case ' {string.Join(' ', offered)} ' in *\" $2 \"*) echo '  Candidate: 2.6.0' ;; *) echo '  Candidate: (none)' ;; esac");
            }
            var result = Invocation.Start("/bin/sh", ["-euc", ". \"$root/src/setup.sh\"; id() { echo 0; }; slow_blas() { return 1; }; "
                + "missing() { echo 'libtorch-dev: computes'; echo 'make: builds'; }; install_missing"],
                ("root", Invocation.Checkout()), ("PATH", tools), ("TMPDIR", tools), ("LIBTORCH", null));
            return new(result.Code, result.Error, File.Exists(calls) ? File.ReadAllText(calls) : "");
        }
        finally
        {
            Directory.Delete(tools, recursive: true);
        }
    }

    [Fact]
    public void A_system_without_apt_get_hears_what_is_missing_and_what_to_do()
    {
        var result = Install(offered: null);
        Assert.Equal(1, result.Code);
        Assert.Contains("installs packages with apt-get (Debian 12 or later, Ubuntu 24.04 or later)", result.Error, StringComparison.Ordinal);
        Assert.Contains("  libtorch-dev: computes\n  make: builds\n", result.Error, StringComparison.Ordinal);
        Assert.Contains("set LIBTORCH=/path/to/libtorch", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_system_whose_packages_have_no_libtorch_hears_so_and_nothing_is_installed()
    {
        var result = Install(["make"]);
        Assert.Equal(1, result.Code);
        Assert.Contains("have no libtorch-dev; Debian 12 or later and Ubuntu 24.04 or later have it", result.Error, StringComparison.Ordinal);
        Assert.DoesNotContain(" install ", result.Calls, StringComparison.Ordinal);
    }

    [Fact]
    public void Any_system_whose_packages_have_libtorch_gets_what_is_missing()
    {
        var result = Install(["libtorch-dev", "make"]);
        Assert.Equal(0, result.Code);
        Assert.EndsWith("-y install --no-install-recommends libtorch-dev make\n", result.Calls, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("here", true)]
    [InlineData("/where/it/was/before/native", false)]
    public void A_checkout_that_was_copied_or_moved_forgets_what_CMake_found_elsewhere(string configured, bool kept)
    {
        var folder = Directory.CreateTempSubdirectory("foresee-moved-").FullName;
        try
        {
            var cache = Path.Combine(Directory.CreateDirectory(Path.Combine(folder, "build", "CMakeFiles")).Parent!.FullName, "CMakeCache.txt");
            File.WriteAllText(cache, $"CMAKE_HOME_DIRECTORY:INTERNAL={(configured == "here" ? folder : configured)}\nLIBTORCH:PATH=\n");
            File.Copy(Path.Combine(Invocation.Checkout(), "native", "build.sh"), Path.Combine(folder, "build.sh"));
            File.WriteAllText(Path.Combine(folder, "cmake"), "#!/bin/sh\nexit 0\n"); // the check is what comes before it
            Invocation.Start("chmod", ["+x", Path.Combine(folder, "cmake")]);
            var result = Invocation.Start("/bin/sh", [Path.Combine(folder, "build.sh")],
                ("PATH", $"{folder}:{Environment.GetEnvironmentVariable("PATH")}"), ("LIBTORCH", null));
            Assert.Equal((0, ""), (result.Code, result.Error));
            Assert.Equal(kept, File.Exists(cache));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
