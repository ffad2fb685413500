using System.Text.Json;

namespace Foresee.Inference.Tests;

/// <summary>What a program takes along that uses Foresee.Inference.</summary>
public sealed class PackageTests
{
    /// <summary>macOS on Intel is missing: ONNX Runtime has brought no library for it since 1.23 (docs/using-a-model.md).</summary>
    private static readonly string[] Systems = ["win-x64", "win-arm64", "linux-x64", "linux-arm64", "osx-arm64"];

    [Fact]
    public void Nothing_of_libtorch_is_referenced()
    {
        var names = new HashSet<string>();
        void Add(System.Reflection.Assembly assembly)
        {
            foreach (var name in assembly.GetReferencedAssemblies())
                if (names.Add(name.Name!) && name.Name!.StartsWith("Foresee", StringComparison.Ordinal)) Add(System.Reflection.Assembly.Load(name));
        }
        Add(typeof(Classifier).Assembly);
        Assert.Contains("Foresee.Images", names);
        Assert.Contains("Microsoft.ML.OnnxRuntime", names);
        Assert.DoesNotContain(names, name => name.Contains("Torch", StringComparison.OrdinalIgnoreCase) || name == "Foresee");
    }

    /// <summary>This process has computed models in the tests beside.</summary>
    [Fact]
    public void Nothing_of_libtorch_is_loaded()
    {
        if (!OperatingSystem.IsLinux()) return;
        using var image = new MemoryStream(Images.ImageFile.EncodePng(new(5, 4, 3, new byte[60])));
        var path = Path.Combine(Path.GetTempPath(), $"foresee-{Guid.NewGuid()}.onnx");
        try
        {
            using var classifier = Classifier.Load(new Foresee.Tests.TinyModel(["a", "b"]).Write(path));
            classifier.Predict(image);
        }
        finally
        {
            File.Delete(path);
        }
        var maps = File.ReadAllText("/proc/self/maps");
        Assert.Contains("libonnxruntime", maps, StringComparison.Ordinal);
        Assert.Contains("libvips", maps, StringComparison.Ordinal);
        Assert.DoesNotContain("torch", maps, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("foresee_bridge", maps, StringComparison.Ordinal);
    }

    /// <summary>The graph of packages as it was restored: each system has a library of ONNX Runtime and one of libvips.</summary>
    [Theory]
    [InlineData("onnxruntime")]
    [InlineData("vips")]
    public void Natives_come_for_Windows_macOS_and_Linux(string library)
    {
        using var restored = JsonDocument.Parse(File.ReadAllText(Restored()));
        var natives = restored.RootElement.GetProperty("libraries").EnumerateObject()
            .Where(package => package.Value.TryGetProperty("files", out _))
            .SelectMany(package => package.Value.GetProperty("files").EnumerateArray().Select(file => file.GetString()!))
            .Where(file => file.StartsWith("runtimes/", StringComparison.Ordinal) && file.Contains("/native/", StringComparison.Ordinal))
            .Where(file => Path.GetFileName(file) is var name && name.Contains(library, StringComparison.Ordinal)
                && !name.Contains("providers", StringComparison.Ordinal) && !name.EndsWith(".lib", StringComparison.Ordinal))
            .Select(file => file.Split('/')[1]).ToHashSet();
        Assert.Empty(Systems.Except(natives));
        Assert.Equal(library == "vips", natives.Contains("osx-x64"));
    }

    private static string Restored()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "Foresee.slnx")))
            folder = Path.GetDirectoryName(folder) ?? throw new InvalidOperationException($"No Foresee.slnx above {AppContext.BaseDirectory}.");
        return Path.Combine(folder, "src/Foresee.Inference/obj/project.assets.json");
    }
}
