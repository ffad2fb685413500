namespace Foresee.Cli.Tests;

public sealed class CompletionTests
{
    [Theory]
    [InlineData("foresee pre", "pretrain predict")]
    [InlineData("./foresee data ", "check get list make")]
    [InlineData("foresee data g", "get")]
    [InlineData("foresee predict models/mine photos --co", "--coverage")]
    [InlineData("foresee inspect --", "--help --json")]
    [InlineData("foresee completion ", "bash fish powershell zsh")]
    [InlineData("foresee predict models/mine --out ", "")] // files, which a shell knows itself
    [InlineData("foresee predict ", "")]
    public void What_can_come_next_is_told(string line, string expected) =>
        Assert.Equal(expected.Split(' ', StringSplitOptions.RemoveEmptyEntries).Order(), Suggested("[suggest]", line));

    /// <summary>A cursor in the midst of a line asks for what stands before it.</summary>
    [Fact]
    public void What_stands_behind_the_cursor_has_no_say() =>
        Assert.Equal(["export"], Suggested("[suggest:11]", "foresee exp --json out.json"));

    /// <summary>A real bash reads the script, which asks the real program by the name that was typed.</summary>
    [Theory]
    [InlineData("foresee pred", "predict")]
    [InlineData("foresee fit photos labelled --min", "--minutes")]
    public void Bash_completes_a_command_and_an_option(string line, string expected)
    {
        var folder = Directory.CreateTempSubdirectory("foresee-shell-").FullName;
        try
        {
            var program = Path.Combine(folder, "foresee");
            File.WriteAllText(program, $"#!/bin/sh\nexec dotnet {Path.Combine(AppContext.BaseDirectory, "Foresee.Cli.dll")} \"$@\"\n");
            Invocation.Start("chmod", ["+x", program]);
            const string Press = """
                eval "$(foresee completion bash)"
                complete -p foresee >&2
                COMP_LINE=$1 COMP_POINT=${#1}
                read -ra COMP_WORDS <<<"$1"
                COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
                _foresee
                printf '%s\n' "${COMPREPLY[@]}"
                """;
            var result = Invocation.Start("bash", ["-c", Press, "bash", line],
                ("PATH", $"{folder}:{Environment.GetEnvironmentVariable("PATH")}"));
            Assert.Equal("complete -o bashdefault -o default -F _foresee foresee\n", result.Error);
            Assert.Equal(expected + "\n", result.Out);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Theory]
    [InlineData("zsh", "compdef _foresee foresee")]
    [InlineData("fish", "complete -c foresee")]
    [InlineData("powershell", "Register-ArgumentCompleter -Native -CommandName foresee")]
    public void Other_shells_have_a_script_that_asks_the_same(string shell, string registers)
    {
        var result = Invocation.Here("completion", shell);
        Assert.Equal((ExitCode.Success, ""), (result.Code, result.Error));
        Assert.Contains(registers, result.Out, StringComparison.Ordinal);
        Assert.Contains("'[suggest]'", result.Out, StringComparison.Ordinal);
    }

    [Fact]
    public void A_shell_that_has_no_script_is_refused_with_those_that_have() =>
        Assert.Contains("'powershell'", Invocation.Here("completion", "tcsh").Error, StringComparison.Ordinal);

    [Fact]
    public void A_tool_is_called_by_its_name_where_the_shell_finds_it()
    {
        var found = Environment.GetEnvironmentVariable("PATH")!.Split(Path.PathSeparator)[0];
        Assert.Equal("foresee", Launcher.Tool(Path.Combine(found, "foresee")));
        Assert.Equal("/no/path/has/foresee", Launcher.Tool("/no/path/has/foresee"));
        Assert.Null(Launcher.Tool("/usr/bin/dotnet"));
    }

    private static IEnumerable<string> Suggested(string directive, string line)
    {
        var result = Invocation.Here(directive, line);
        Assert.Equal((ExitCode.Success, ""), (result.Code, result.Error));
        return result.Out.Split('\n', StringSplitOptions.RemoveEmptyEntries).Order();
    }
}
