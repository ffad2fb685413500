using System.Text.Json;
using Foresee.Reports;

namespace Foresee.Tests.Reports;

public sealed class RunDescriptionTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    private string Target => folder.File(RunDescription.FileName);

    public void Dispose() => folder.Dispose();

    [Fact]
    public void What_is_written_is_read_back()
    {
        var run = Samples.Run();
        run.Write(Target);
        var read = RunDescription.Read(Target);

        Assert.Equal(new SampleOptions(64, 4e-4, SampleKind.Layer), read.ReadOptions<SampleOptions>());
        Assert.Equal(run.Seeds, read.Seeds);
        var same = new { run.Options, run.Seeds }; // compared above; JSON elements and dictionaries compare by reference
        Assert.Equal(run, read with { Options = same.Options, Seeds = same.Seeds });
        Assert.Equal([Target], Directory.GetFiles(folder.Path));
    }

    [Fact]
    public void Names_in_the_file_are_snake_case_and_enums_are_words()
    {
        Samples.Run().Write(Target);
        using var json = JsonDocument.Parse(File.ReadAllText(Target));
        var options = json.RootElement.GetProperty("options");
        Assert.Equal(4e-4, options.GetProperty("learning_rate").GetDouble());
        Assert.Equal("Layer", options.GetProperty("norm").GetString());
        Assert.Equal(8L << 30, json.RootElement.GetProperty("machine").GetProperty("memory_bytes").GetInt64());
    }

    [Theory]
    [InlineData("", "JSON")]
    [InlineData("{\"format\": 1, \"comm", "JSON")]
    [InlineData("[]", "object")]
    [InlineData("{}", "format 0")]
    [InlineData("{\"format\": 3}", "format 3")]
    [InlineData("{\"format\": 1, \"recipe\": \"a\"}", "command")]
    public void Other_files_are_refused_and_named(string text, string says)
    {
        File.WriteAllText(Target, text);
        var error = Assert.Throws<InvalidDataException>(() => RunDescription.Read(Target));
        Assert.Contains(Target, error.Message, StringComparison.Ordinal);
        Assert.Contains(says, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_file_says_which_folder_is_wanted()
    {
        var error = Assert.Throws<FileNotFoundException>(() => RunDescription.Read(Target));
        Assert.Contains(Target, error.Message, StringComparison.Ordinal);
        Assert.Contains("--out", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Options_of_another_version_name_the_version_that_wrote_them()
    {
        var run = Samples.Run() with { Options = JsonSerializer.SerializeToElement(new { batch = "many" }) };
        var error = Assert.Throws<InvalidDataException>(() => run.ReadOptions<SampleOptions>());
        Assert.Contains("SampleOptions", error.Message, StringComparison.Ordinal);
        Assert.Contains("0.1.0", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_failed_write_leaves_the_old_file_and_no_litter()
    {
        Directory.CreateDirectory(Target); // a folder in the file's place: the rename fails
        Assert.ThrowsAny<Exception>(() => Samples.Run().Write(Target));
        Assert.Empty(Directory.GetFiles(folder.Path));
        Assert.True(Directory.Exists(Target));
    }

    [Fact]
    public void The_machine_tells_its_processor_cores_and_memory()
    {
        var machine = Machine.Read();
        Assert.NotEmpty(machine.Processor);
        Assert.Equal(Environment.ProcessorCount, machine.Cores);
        Assert.InRange(machine.MemoryBytes, 1L << 26, 1L << 50);
    }
}
