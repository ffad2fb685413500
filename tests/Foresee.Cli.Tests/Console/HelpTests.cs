using System.CommandLine;

namespace Foresee.Cli.Tests;

/// <summary>
/// The help texts are part of the product: a change shows up in Approved/ (FORESEE_APPROVE=1 ./test Help writes them anew).
/// </summary>
public sealed class HelpTests
{
    private static readonly string[] Names =
        ["", "demo", "look", "pretrain", "fit", "evaluate", "compare", "ablation", "adapt", "fewshot", "rank", "layers",
        "affinity", "multitask", "embed", "predict", "detect", "detect train",
        "detect evaluate", "detect predict", "suggest", "report", "export", "inspect", "serve", "doctor", "completion",
        "data", "data list", "data get", "data check", "data make", "start", "start list", "start get", "start join", "start mirror",
        "start stages"];

    public static TheoryData<string> Commands => [.. Names];

    [Theory]
    [MemberData(nameof(Commands))]
    public void Help_is_the_approved_text(string command)
    {
        var words = command.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var result = Invocation.Here([.. words, "--help"]);
        Assert.Equal(ExitCode.Success, result.Code);
        var text = string.Join('\n', result.Out.Split('\n').Select(line => line.TrimEnd())).TrimEnd() + "\n";
        var file = Path.Combine(Invocation.Checkout(), "tests/Foresee.Cli.Tests/Approved", $"{string.Join('-', ["help", .. words])}.txt");
        if (Environment.GetEnvironmentVariable("FORESEE_APPROVE") == "1") File.WriteAllText(file, text);
        Assert.Equal(File.ReadAllText(file), text);
    }

    [Fact]
    public void Every_command_has_an_approved_help()
    {
        using var writer = new StringWriter();
        var names = Below(CommandLine.Root(new Terminal(writer, writer, live: false)), "");
        Assert.Equal(names.Prepend("").Order(StringComparer.Ordinal), Names.Order(StringComparer.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Commands))]
    public void Every_command_has_an_example_that_it_understands(string command)
    {
        var example = HelpWithExample.Examples[command];
        Assert.StartsWith($"foresee {command}".TrimEnd(), example, StringComparison.Ordinal);
        using var writer = new StringWriter();
        var parsed = CommandLine.Root(new Terminal(writer, writer, live: false)).Parse(example.Split(" > ")[0]);
        Assert.Empty(parsed.Errors);
        Assert.NotNull(parsed.Action);
    }

    private static IEnumerable<string> Below(Command parent, string path) =>
        parent.Subcommands.SelectMany(command => Below(command, $"{path}{command.Name} ").Prepend(path + command.Name));
}
