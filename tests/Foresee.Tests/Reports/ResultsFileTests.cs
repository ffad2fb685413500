using System.Globalization;
using Foresee.Evaluation;
using Foresee.Reports;

namespace Foresee.Tests.Reports;

public sealed class ResultsFileTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    private string Target => folder.File(ResultsFile.FileName);

    public void Dispose() => folder.Dispose();

    [Fact]
    public void The_file_has_the_agreed_columns_and_points_in_numbers_in_every_culture()
    {
        var before = CultureInfo.CurrentCulture;
        CultureInfo.CurrentCulture = new CultureInfo("") { NumberFormat = { NumberDecimalSeparator = "," } };
        try
        {
            ResultsFile.Write(Target, [new("fashion-mnist", "cpc", "linear", "10/class", 0, 76.52, 1.25) { Settings = "00ff" }]);
            Assert.Equal("data,encoder,protocol,labels,draw,metric,value,seconds,settings\nfashion-mnist,cpc,linear,10/class,0,top1,76.52,1.25,00ff\n", File.ReadAllText(Target));
            Assert.Equal(76.52, Assert.Single(ResultsFile.Read(Target)).Value);
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    [Theory]
    [InlineData("plain")]
    [InlineData("my photos, 2024")]
    [InlineData("the \"good\" ones")]
    [InlineData("two\nlines\r\nand more")]
    [InlineData("\"")]
    [InlineData("")]
    [InlineData("größe 写真")]
    public void Every_name_is_read_back(string name)
    {
        EvaluationResult[] rows = [new(name, "r", "linear", "1%", 0, 1.0 / 3, 2e-7), new("b", name, "pixels", "1%", 1, 100, 0)];
        ResultsFile.Write(Target, rows);
        Assert.Equal(rows, ResultsFile.Read(Target));
    }

    [Fact]
    public void Merging_replaces_what_was_measured_again_and_keeps_the_rest()
    {
        var rows = Samples.Results().ToArray();
        ResultsFile.Merge(Target, rows);
        var again = rows[3] with { Value = 99, Seconds = 1 };
        var added = rows[3] with { Draw = 17 };
        var merged = ResultsFile.Merge(Target, [again, added]);

        Assert.Equal([.. rows[..3], again, .. rows[4..], added], merged);
        Assert.Equal(merged, ResultsFile.Read(Target));
    }

    [Fact]
    public void Two_evaluations_that_add_to_one_file_at_once_lose_no_row()
    {
        var row = Samples.Results().First();
        Parallel.For(0, 4, new ParallelOptions { MaxDegreeOfParallelism = 4 }, writer =>
        {
            for (var draw = 0; draw < 25; draw++) ResultsFile.Merge(Target, [row with { Protocol = $"writer {writer}", Draw = draw }]);
        });
        Assert.Equal(100, ResultsFile.Read(Target).Count);
    }

    [Theory]
    [InlineData("", "begin with")]
    [InlineData("name,value\n", "name,value")]
    [InlineData(ResultsFile.Header + "\na,b,c,d,0,top1,1\n", "Line 2")]
    [InlineData(ResultsFile.Header + "\na,b,c,d,0,top1,1,2,f\na,b,c,d,zero,top1,1,2,f\n", "Line 3")]
    [InlineData(ResultsFile.Header + "\n\"a\nb\",b,c,d,0,top1,1,2,f\na,b,c,d,0,top1,much,2,f\n", "Line 4")]
    public void Other_files_are_refused_with_the_line(string text, string says)
    {
        File.WriteAllText(Target, text);
        var error = Assert.Throws<InvalidDataException>(() => ResultsFile.Read(Target));
        Assert.Contains(says, error.Message, StringComparison.Ordinal);
        Assert.Contains(Target, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_of_before_there_were_fingerprints_is_read_and_renewed()
    {
        File.WriteAllText(Target, "data,recipe,protocol,labels,draw,top1,seconds\na,b,c,d,0,1,2\na,b,c,d,1,3,4\n");
        var again = new EvaluationResult("a", "b", "c", "d", 1, 5, 6) { Settings = "00ff" };
        Assert.Equal([new("a", "b", "c", "d", 0, 1, 2), again], ResultsFile.Merge(Target, [again]));
        Assert.Equal([new("a", "b", "c", "d", 0, 1, 2), again], ResultsFile.Read(Target));
    }

    [Fact]
    public void Blank_lines_and_windows_line_ends_are_read()
    {
        File.WriteAllText(Target, "data,recipe,protocol,labels,draw,top1,seconds,fingerprint\r\na,b,c,d,0,1,2,\r\n\r\n");
        Assert.Equal(new EvaluationResult("a", "b", "c", "d", 0, 1, 2), Assert.Single(ResultsFile.Read(Target)));
    }
}
