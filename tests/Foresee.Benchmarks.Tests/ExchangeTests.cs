using System.Text.Json;
using System.Text.RegularExpressions;

namespace Foresee.Benchmarks.Tests;

/// <summary>Python reads what Foresee writes, and no compiler compares the two.</summary>
public sealed class ExchangeTests
{
    [Fact]
    public void The_case_has_exactly_the_fields_that_the_baseline_reads()
    {
        var folder = Directory.CreateTempSubdirectory("foresee-exchange-").FullName;
        try
        {
            Exchange.WriteNetwork(folder, TrainingBenchmark.ReferenceInput, TrainingBenchmark.ReferenceMethod,
                TrainingBenchmark.Endless(batchSize: 64));
            using var written = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, "case.json")));
            var python = File.ReadAllText(Checkout.Find("benchmarks/baseline/exchange.py"));
            var fields = Regex.Matches(python, @"^    (\w+): (?:int|float|List)", RegexOptions.Multiline)
                .Select(match => match.Groups[1].Value);
            Assert.Equal(fields.Order(StringComparer.Ordinal), written.RootElement.EnumerateObject().Select(field => field.Name)
                .Order(StringComparer.Ordinal));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
