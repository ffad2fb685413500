using Foresee.Images;
using Foresee.Inference;
using Foresee.Tests;

namespace Foresee.Cli.Tests;

/// <summary>A model that is not there, not there yet, or damaged: each command that takes one says so alike.</summary>
public sealed class FittedModelTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("foresee-model-").FullName;

    public FittedModelTests()
    {
        for (var i = 0; i < 4; i++)
            File.WriteAllBytes(Path.Combine(Directory.CreateDirectory(In($"photos/{i % 2}")).FullName, $"{i}.png"),
                ImageFile.EncodePng(new(8, 8, 3, [.. Enumerable.Repeat((byte)i, 8 * 8 * 3)])));
    }

    private string In(string name) => Path.Combine(folder, name);

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Theory]
    [InlineData("predict MODEL photos")]
    [InlineData("report MODEL photos --out out")]
    [InlineData("serve MODEL --port 0")]
    [InlineData("suggest MODEL photos --count 1 --out suggested.csv")]
    [InlineData("embed --model MODEL photos --out features.npy")]
    [InlineData("export MODEL --out exported.onnx")]
    public void What_is_wrong_with_a_model_is_one_line_in_every_command(string line)
    {
        Directory.CreateDirectory(In("empty"));
        RefitWords.Write(In("unfinished"), []);
        Directory.CreateDirectory(In("half"));
        File.WriteAllBytes(In($"half/{ModelDescription.ModelFile}"), new TinyModel(["a", "b"]).Bytes()[..100]);

        Told("nowhere", ExitCode.Usage, In("nowhere"));
        Told("empty", ExitCode.Usage, In("empty"));
        Told("unfinished", ExitCode.Usage, $"The fit in {In("unfinished")} has not come to a model yet; the same line of fit goes on with it.");
        Told("half", ExitCode.Failed, "it is cut off, or no ONNX model; restore it from a copy");

        void Told(string model, int code, string words)
        {
            var result = Invocation.Here([.. line.Split(' ').Select(word => word is "MODEL" ? In(model)
                : word is "photos" or "out" || word.Contains('.', StringComparison.Ordinal) ? In(word) : word)]);
            Assert.Equal(code, result.Code);
            var told = Assert.Single(result.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
            Assert.Contains(words, told, StringComparison.Ordinal);
        }
    }
}
