using Foresee.Encoders;
using Foresee.Evaluation;
using Foresee.Evaluation.Protocols;
using Foresee.Labels;
using Foresee.Reports;
using Foresee.Torch;

namespace Foresee.Tests.Evaluation;

/// <summary>The encoders in results/ are still read, give the features that they gave, and a published row comes out again.</summary>
public sealed class CommittedEncoderTests
{
    private static string Results(string path) => Path.Combine(ArchitectureTests.Root(), "results", path);

    /// <summary>Mean, root mean square and some values of the features of two made images, as Foresee 0.1 (7babc7f) gave them.</summary>
    [Theory]
    [InlineData("cifar10", 7, 0.17151755, 0.36620751, new[] { 0f, 0, 0, 0, 0, 0.15857878f }, new[] { 0f, 0, 0, 0, 0.20711148f, 0 })]
    [InlineData("imagewang-96", 5, 0.14724861, 0.24415527, new[] { 0f, 0.03488962f, 0.32190844f, 0.38555622f, 0.08987935f, 0.02852186f },
        new[] { 0.11334552f, 0.019481894f, 0.100433476f, 0, 0.54936844f, 0.65938026f })]
    public void The_features_are_those_of_the_version_that_trained_it(string name, int grid, double mean, double rms, float[] first,
        float[] last)
    {
        using var scope = TensorScope.Begin();
        using var encoder = TrainedEncoder.Load(Results($"encoders/{name}"), Device.Cpu);
        var (height, width) = (encoder.Input.ReadHeight, encoder.Input.ReadWidth);
        var bytes = new byte[2 * 3 * height * width];
        for (var i = 0; i < bytes.Length; i++) bytes[i] = (byte)(i % width * 7 + i / width * 3 + i / (width * height) * 50);
        var features = encoder.Features(Tensor.From(bytes, 2, 3, height, width));
        Assert.Equal([2, grid, grid, 512], features.Shape);
        var values = features.ToArray<float>();
        Assert.Equal(mean, values.Average(), 1e-5);
        Assert.Equal(rms, Math.Sqrt(values.Average(value => (double)value * value)), 1e-5);
        Assert.All(first.Zip(values.Take(6)).Concat(last.Zip(values.TakeLast(6))), pair => Assert.Equal(pair.First, pair.Second, 1e-4));
    }

    /// <summary>Three protocols on 10 labels per class, draw 0; about a minute.</summary>
    [Cifar10Fact]
    public void Published_rows_of_CIFAR10_come_out_again()
    {
        var folder = Results("encoders/cifar10");
        var data = LabelledSources.Open(Cifar10FactAttribute.Folder!);
        using var encoder = TrainedEncoder.Load(folder, Device.Cpu);
        IProtocol[] all = [new Linear(), new Neighbours(), new LabelSpreading()];
        var protocols = new ProtocolDials { Pooling = GridPooling.Three }.Apply(all);
        var plan = new EvaluationPlan("cifar10", protocols, [new(10, LabelUnit.PerClass)], encoder.Input, Environment.ProcessorCount,
            Draws: 1)
        {
            NewEncoder = () => TrainedEncoder.Load(folder, Device.Cpu),
        };
        var published = ResultsFile.Read(Results("cifar10.csv"));
        var rows = Evaluator.Run(new(data.Train.Readable(encoder.Input), data.Test!.Readable(encoder.Input)), plan);
        Assert.All(rows, row =>
        {
            var earlier = Assert.Single(published, other =>
                (other.Protocol, other.Labels, other.Draw) == (row.Protocol, row.Labels, row.Draw));
            if (row.Protocol == "neighbours") Assert.Equal(earlier.Value, row.Value, 0.05); // another processor adds in another order
            else Assert.True(row.Value > earlier.Value - 1, $"{row.Protocol} {row.Value}, not {earlier.Value}"); // the probe has changed
        });
    }
}

/// <summary>A test on CIFAR-10 as folders of PNG files, left out and counted as skipped where no environment variable names them.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class Cifar10FactAttribute : FactAttribute
{
    private const string Variable = "FORESEE_CIFAR10";

    public Cifar10FactAttribute()
    {
        if (Folder is null)
            Skip = $"CIFAR-10 is not here; {Variable}=FOLDER names its train/ and test/, with a folder of PNG files per class";
    }

    public static string? Folder => Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } folder ? folder : null;
}
