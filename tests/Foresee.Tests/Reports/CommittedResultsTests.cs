using Foresee.Evaluation;
using Foresee.Reports;

namespace Foresee.Tests.Reports;

/// <summary>Every table in results/ is read and written again as it was.</summary>
public sealed class CommittedResultsTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    private static IEnumerable<string> Files => Directory.EnumerateFiles(Path.Combine(ArchitectureTests.Root(), "results"), "*.csv");

    public static TheoryData<string> With(string header) =>
        [.. Files.Where(file => File.ReadLines(file).First().StartsWith(header, StringComparison.Ordinal))
            .Select(file => Path.GetFileName(file))];

    private static string At(string name) => Path.Combine(ArchitectureTests.Root(), "results", name);

    [Fact]
    public void Every_table_is_of_a_known_kind() =>
        Assert.All(Files, file => Assert.Contains(File.ReadLines(file).First()[..9],
            new[] { "data,enco", "data,reci", "data,rung", "data,step", "labels,wi" }));

    [Theory]
    [MemberData(nameof(With), "data,encoder,")]
    public void Results_are_written_as_they_were_read(string name)
    {
        var again = folder.File("again.csv");
        ResultsFile.Write(again, ResultsFile.Read(At(name)));
        Assert.Equal(File.ReadAllLines(At(name)), File.ReadAllLines(again));
    }

    [Theory]
    [MemberData(nameof(With), "data,recipe,")]
    public void Results_are_written_as_they_were_read_but_for_the_names_of_columns_and_protocols(string name)
    {
        var again = folder.File("again.csv");
        ResultsFile.Write(again, ResultsFile.Read(At(name)));
        Assert.Equal(File.ReadAllLines(At(name)).Select(Renewed), File.ReadAllLines(again));
        Assert.EndsWith("\n", File.ReadAllText(again), StringComparison.Ordinal);
    }

    /// <summary>Today's name of the protocol, which is also that of the recipe where no encoder was used.</summary>
    private static string Renewed(string line)
    {
        var fields = line.Split(',');
        if (fields[2] == "protocol") return ResultsFile.Header;
        var (older, protocol) = (fields[2], KnownProtocols.NameOf(fields[2]));
        return string.Join(',', [fields[0], fields[1] == older
            ? protocol
            : fields[1], protocol, .. fields[3..5], EvaluationResult.Top1, .. fields[5..]]);
    }

    [Theory]
    [MemberData(nameof(With), "labels,width,")]
    public void Trials_of_the_first_version_are_written_with_the_columns_that_they_had(string name)
    {
        var trials = BaselineTrial.Read(At(name));
        Assert.All(trials, trial => Assert.Empty(trial.Data));
        Assert.Equal(File.ReadAllLines(At(name))[1..], trials.Select(trial => trial.ToCsv()[..^1])); // less the empty column that was added
    }
}
