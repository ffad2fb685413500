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
            foreach (var tool in new[] { "dirname", "readlink", "uname" }) File.CreateSymbolicLink(Path.Combine(tools, tool), Path.Combine("/usr/bin", tool));
            var result = Invocation.Start("/bin/sh", [Path.Combine(Invocation.Checkout(), "foresee")], ("PATH", tools), ("HOME", "/nonexistent"), ("DOTNET_ROOT", null));
            Assert.Equal(1, result.Code);
            Assert.Contains("https://dotnet.microsoft.com/download/dotnet/10.0", result.Error, StringComparison.Ordinal);
        }
        finally
        {
            Directory.Delete(tools, recursive: true);
        }
    }
}
