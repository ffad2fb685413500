using System.Diagnostics;
using System.Globalization;
using Foresee.Encoders;
using Foresee.Export;
using Foresee.Images;
using Foresee.Tests.Reports;
using Foresee.Torch;
using Foresee.Torch.Files;

namespace Foresee.Tests.Export;

/// <summary>A test that needs PyTorch with torchvision.</summary>
public sealed class TorchvisionFactAttribute : FactAttribute
{
    public TorchvisionFactAttribute()
    {
        if (!Directory.Exists("/usr/lib/python3/dist-packages/torchvision"))
            Skip = "this system has no torchvision for /usr/bin/python3; Debian and Ubuntu: apt-get install python3-torchvision";
    }
}

public sealed class WeightsExportTests : IDisposable
{
    private static readonly InputFormat Input = new(64, 64, 3);
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    /// <summary>Loads the first file into torchvision's network and compares what it makes of x with y, both in the second.</summary>
    private const string Program = """
        import json, struct, sys, numpy, torch, torchvision
        def tensors(path):
            data = open(path, "rb").read()
            length = struct.unpack("<Q", data[:8])[0]
            header = json.loads(data[8:8 + length])
            header.pop("__metadata__", None)
            types = {"F32": numpy.float32, "I64": numpy.int64}
            def tensor(entry):
                begin, end = [8 + length + place for place in entry["data_offsets"]]
                return torch.from_numpy(numpy.frombuffer(data[begin:end], types[entry["dtype"]]).reshape(entry["shape"]).copy())
            return {name: tensor(entry) for name, entry in header.items()}
        torch.set_num_threads(1)
        network = getattr(torchvision.models, sys.argv[1])()
        result = network.load_state_dict(tensors(sys.argv[2]), strict=False)
        assert not result.unexpected_keys and result.missing_keys == ["fc.weight", "fc.bias"], result
        network.eval()
        given = tensors(sys.argv[3])
        with torch.no_grad():
            x = network.maxpool(network.relu(network.bn1(network.conv1(given["x"]))))
            for layer in [network.layer1, network.layer2, network.layer3, network.layer4]: x = layer(x)
        print(float((x - given["y"]).abs().max() / given["y"].abs().max()))
        """;

    [TorchvisionFact]
    public void Weights_load_into_torchvisions_networks_which_then_compute_the_same()
    {
        using var scope = TensorScope.Begin();
        foreach (var (name, blocks, bottlenecks) in new[] { ("resnet18", new[] { 2, 2, 2, 2 }, false), ("resnet50", [3, 4, 6, 3], true) })
        {
            var options = new ConvEncoderOptions(64, blocks, ResidualOrder.Plain, ConvStem.Large) { Bottlenecks = bottlenecks };
            using var encoder = RandomNetworks.Build(options, Input);
            Assert.True(WeightsExport.Write(encoder, folder.File("weights.safetensors")));
            using var generator = new Generator(4);
            using var noGrad = Autograd.NoGrad();
            var x = Tensor.RandN([2, 3, 64, 64], generator);
            Safetensors.Write(folder.File("given.safetensors"), [new("x", x), new("y", encoder.Grid(x).Permute(0, 3, 1, 2).Contiguous())]);
            using var python = Process.Start(new ProcessStartInfo("/usr/bin/python3",
                ["-c", Program, name, folder.File("weights.safetensors"), folder.File("given.safetensors")])
            {
                RedirectStandardOutput = true,
            })!;
            var difference = double.Parse(python.StandardOutput.ReadToEnd(), CultureInfo.InvariantCulture);
            Assert.InRange(difference, 0, 1e-4);
        }
    }

    [Fact]
    public void The_file_is_the_encoder_again_and_other_networks_keep_their_own_names()
    {
        using var scope = TensorScope.Begin();
        var options = new ConvEncoderOptions(4, [1, 1], ResidualOrder.PreActivation, ConvStem.Small);
        using var encoder = RandomNetworks.Build(options, Input);
        Assert.False(WeightsExport.Write(encoder, folder.File("a.safetensors")));
        using var read = EncoderFile.Read(folder.File("a.safetensors"));
        Assert.Equal(options, read.Options);
        var x = Tensor.Ones([1, 3, 64, 64]);
        Assert.Equal(encoder.Grid(x).ToArray<float>(), read.Grid(x).ToArray<float>());
    }
}
