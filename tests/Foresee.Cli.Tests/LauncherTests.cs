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
}
