using System.Globalization;
using System.Text.RegularExpressions;
using Foresee.Methods.Cpc;
using Foresee.Torch;

namespace Foresee.Tests.Methods.Cpc;

/// <summary>What docs/methods/cpc-v2.md and its picture say that a context has seen, against the network's own gradients.</summary>
public sealed partial class ContextReachTests
{
    private static readonly string methods = Path.Combine(ArchitectureTests.Root(), "docs", "methods");

    [GeneratedRegex(@"^\| ([1-5]) \| (\d+), (\d+) \|(.+)\|$", RegexOptions.Multiline)]
    private static partial Regex TableRow();

    [GeneratedRegex("""<path d="([^"]+)" fill="(#\w+)"/>""")]
    private static partial Regex CellsOfOneColour();

    [GeneratedRegex(@"M(\d+) (\d+)h")]
    private static partial Regex Cell();

    /// <summary>
    /// Places of a side x side grid that the context at one place depends on. With positive weights and inputs no ReLU hides any.
    /// </summary>
    private static HashSet<(int Row, int Column)> Seen(int side, int depth, int row, int column)
    {
        using var scope = TensorScope.Begin();
        using var generator = new Generator(1);
        using var network = new MaskedContext(4, middle: 4, depth, generator);
        using (Autograd.NoGrad())
            foreach (var parameter in network.Parameters()) parameter.Value.Copy_(parameter.Value.Abs());
        var grid = Tensor.Rand([1, 4, side, side], generator);
        grid.RequiresGrad = true;
        network.Forward(grid).Select(3, column).Select(2, row).Sum().Backward();
        var gradient = grid.Grad!.Sum(1).ToArray<float>();                                              // [H·W]
        return [.. Enumerable.Range(0, side * side).Where(i => gradient[i] != 0).Select(i => (i / side, i % side))];
    }

    [Fact]
    public void The_table_says_what_the_gradients_do()
    {
        var rows = TableRow().Matches(File.ReadAllText(Path.Combine(methods, "cpc-v2.md")));
        Assert.Equal(["1", "2", "3", "4", "5"], rows.Select(row => row.Groups[1].Value));
        foreach (Match row in rows)
        {
            var depth = Number(row.Groups[1].Value);
            var open = Seen(13, depth, row: 12, column: 6); // no edge within reach
            Assert.Equal(Number(row.Groups[2].Value), open.Select(place => place.Row).Distinct().Count());
            Assert.Equal(Number(row.Groups[3].Value), open.Select(place => place.Column).Distinct().Count());
            string[] told = [.. row.Groups[4].Value.Split('|')
                .Select(cell => cell.Replace("rows", "", StringComparison.Ordinal).Replace("columns", "", StringComparison.Ordinal)
                .Trim())];
            string[] expected = [.. new[] { 6, 7 }.SelectMany<int, string>(side =>
            [
                Span(side, Seen(side, depth, side - 1, 0).Select(place => place.Row)),
                Span(side, Seen(side, depth, side - 1, 0).Select(place => place.Column)),
                Span(side, Seen(side, depth, side - 1, 3).Select(place => place.Column)),
            ])];
            Assert.Equal(expected, told);
        }

        static string Span(int side, IEnumerable<int> lines) => (lines.Min(), lines.Max()) switch
        {
            (0, var last) when last == side - 1 => "all",
            var (first, last) => $"{first}-{last}",
        };
    }

    [Theory]
    [InlineData(0, 6, 5, 0)]
    [InlineData(1, 6, 2, 0)]
    [InlineData(2, 7, 6, 3)]
    [InlineData(3, 7, 4, 3)]
    [InlineData(4, 6, 2, 0)] // the zero row below: the same network upside down
    public void The_picture_shows_what_the_gradients_do(int line, int side, int row, int column)
    {
        const int Left = 268, Top = 64, Pitch = 15, BetweenGrids = 7 * Pitch + 26, BetweenLines = 32; // draw_context_reach.py
        const string Own = "#1f5a93", Seen = "#8ab6dc", Leak = "#c8281e";
        var colours = CellsOfOneColour().Matches(File.ReadAllText(Path.Combine(methods, "context-reach.svg")))
            .SelectMany(path => Cell().Matches(path.Groups[1].Value)
            .Select(cell => (At: (X: Number(cell.Groups[1].Value), Y: Number(cell.Groups[2].Value)), Colour: path.Groups[2].Value)))
            .ToDictionary(cell => cell.At, cell => cell.Colour);
        var top = Top + new[] { 6, 6, 7, 7 }.Take(line).Sum(rows => rows * Pitch + BetweenLines);
        for (var depth = 1; depth <= 5; depth++)
        {
            string At(int r, int c) => colours[(Left + (depth - 1) * BetweenGrids + c * Pitch, top + r * Pitch)];
            var upsideDown = line == 4;
            var expected = ContextReachTests.Seen(side, depth, upsideDown ? side - 1 - row : row, column)
                .Select(place => (upsideDown ? side - 1 - place.Row : place.Row, place.Column));
            var shown = Enumerable.Range(0, side * side).Select(i => (Row: i / side, Column: i % side))
                .Where(place => At(place.Row, place.Column) is Own or Seen or Leak);
            Assert.Equal(expected.Order(), shown.Order());
            Assert.Equal(Own, At(row, column));
            if (upsideDown) Assert.Equal(depth >= 3, At(row + 3, column) == Leak);
        }
    }

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);
}
