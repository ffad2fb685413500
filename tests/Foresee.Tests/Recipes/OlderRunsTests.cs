using Foresee.Encoders;
using Foresee.Methods.Cpc;
using Foresee.Recipes;
using Foresee.Reports;
using Foresee.Torch;

namespace Foresee.Tests.Recipes;

/// <summary>The committed runs, which Foresee 0.1 began, are read as it meant them.</summary>
public sealed class OlderRunsTests
{
    private static string Folder(string name) => Path.Combine(ArchitectureTests.Root(), "results/encoders", name);

    [Theory]
    [InlineData("cifar10", 32, 8, 4, 512, 0.002, 10)]
    [InlineData("imagewang-96", 96, 32, 16, 512, 0.005, 0)]
    public void Options_of_the_first_format_become_todays(string name, int side, int patch, int stride, int features, double rate,
        double limit)
    {
        var options = OlderRuns.Options(RunDescription.Read(Path.Combine(Folder(name), RunDescription.FileName))).Validate();
        var method = Assert.IsType<CpcV2Options>(options.Method);
        Assert.Equal((name, "cpc-v2"), (options.Recipe, method.Name));
        Assert.Equal((side, side, 3, 0), (options.Input.Height, options.Input.Width, options.Input.Channels, options.Input.Margin));
        Assert.Equal((patch, stride, features), (method.Encoder.Patch, method.Encoder.Stride, method.Encoder.Network.Features));
        Assert.Equal((0.1, 16, 32), (method.Encoder.Network.Whitening, method.CandidateImages, method.ContextBottleneckWidth));
        Assert.Equal((0.25, 0.4), (method.Augmentation.ColourDrop, method.Augmentation.Saturation));
        Assert.Equal((rate, 0.99, limit), (options.Training.Optimiser.LearningRate, options.Training.Optimiser.Beta2,
            options.Training.MaximumGradientNorm));
        // The recipe of today is the same but for what was typed, what was measured and the machine's precision.
        var today = Recipe.All.First(recipe => recipe.Name == name).Tuned(new(name, 1, options.Input));
        Assert.Equal(System.Text.Json.JsonSerializer.Serialize(today.Method), System.Text.Json.JsonSerializer.Serialize(options.Method));
    }

    [Theory]
    [InlineData("cifar10")]
    [InlineData("imagewang-96")]
    public void Encoders_of_the_first_format_are_those_of_their_runs(string name)
    {
        var options = OlderRuns.Options(RunDescription.Read(Path.Combine(Folder(name), RunDescription.FileName)));
        using var encoder = TrainedEncoder.Load(Folder(name), Device.Cpu);
        Assert.Equal((options.Input, options.Method.Kept), (encoder.Input, encoder.Network.Options));
    }

    [Fact]
    public void Options_that_are_no_pretrainings_are_refused_with_the_files_name()
    {
        var run = RunDescription.Read(Path.Combine(Folder("cifar10"), RunDescription.FileName));
        using var other = System.Text.Json.JsonDocument.Parse("""{"method": {"name": "cpc-v2"}, "training": {}}""");
        var message = Assert.Throws<InvalidDataException>(() => OlderRuns.Options(run with { Options = other.RootElement })).Message;
        Assert.Contains("run.json", message, StringComparison.Ordinal);
    }
}
