namespace Foresee.Cli.Tests;

public sealed class ShellTests
{
    [Theory]
    [InlineData("runs/a-1_b.c,d:e%f+g=h@i", "runs/a-1_b.c,d:e%f+g=h@i")]
    [InlineData("", "''")]
    [InlineData("My Project (2023)/R&D's photos", @"'My Project (2023)/R&D'\''s photos'")]
    [InlineData("$HOME `x` \"y\" *", "'$HOME `x` \"y\" *'")]
    [InlineData("~user", "'~user'")]
    [InlineData("zwei\nZeilen\t'\\", @"$'zwei\nZeilen\t\'\\'")]
    [InlineData("\u001b[31m", @"$'\u001b[31m'")]
    public void A_shell_reads_a_quoted_word_as_it_was(string word, string quoted)
    {
        Assert.Equal(quoted, Shell.Quote(word));
        var shell = Invocation.Start("bash", ["-c", $"printf %s {quoted}"]);
        Assert.Equal(("", word), (shell.Error, shell.Out));
    }

    [Theory]
    [InlineData("photos/Größe 1.png", "photos/Größe 1.png")]
    [InlineData("plate\ntwo.png", @"plate\ntwo.png")]
    [InlineData("\r\t\u001b[2J\u0085\u2028", @"\r\t\u001b[2J\u0085\u2028")]
    [InlineData("gnp.\u202eexe", @"gnp.\u202eexe")]
    public void What_would_break_a_line_or_steer_a_terminal_is_shown_by_its_code(string text, string shown) =>
        Assert.Equal(shown, Shell.Escape(text));

    [Fact]
    public void A_path_is_never_taken_for_an_option() =>
        Assert.Equal(("./-x", "a/-x", "/x"), (Shell.Path("-x"), Shell.Path("a/-x"), Shell.Path("/x")));

    [Fact]
    public void Line_k_names_row_k_and_can_be_read_back()
    {
        string[] names = ["a.png", "b\nc.png", "\"quoted\".png", @"back\slash.png", "d\re\u2028f.png", "mid\"dle.png"];
        var lines = RowNames.Text(names).Split('\n');
        Assert.Equal("", lines[^1]);
        Assert.Equal(names, lines[..^1].Select(line => line.StartsWith('"') ? System.Text.Json.JsonSerializer.Deserialize<string>(line)
            : line));
        Assert.DoesNotContain(RowNames.Text(names), c => c != '\n' && Shell.IsHidden(c)); // for readers that break lines elsewhere, too
        // ordinary names stand as they are
        Assert.Equal(["a.png", @"back\slash.png", "mid\"dle.png"], lines[..^1].Where(line => !line.StartsWith('"')));
    }
}
