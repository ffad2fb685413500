using System.Text.RegularExpressions;

namespace Foresee.Tests;

/// <summary>Who may use whom: the arrows of the house, read off the `using` lines and the full names in src and benchmarks.</summary>
public sealed partial class ArchitectureTests
{
    /// <summary>
    /// Folder -> the folders of the library it may use besides itself. Labels can't leak into pretraining because
    /// nothing on the way from Images to Training may name the folder that holds them.
    /// </summary>
    private static readonly Dictionary<string, string[]> Arrows = new()
    {
        ["Foresee.Images"] = [], // files become pixels without libtorch
        ["Foresee.Inference"] = ["Foresee.Images"], // and pixels predictions
        ["Foresee.Server"] = ["Foresee.Inference", "Foresee.Images"],
        ["Foresee.Patches"] = ["Foresee.Augmentation", "Foresee.Images", "Foresee.Torch"],
        ["Foresee.Augmentation"] = ["Foresee.Images", "Foresee.Torch"],
        ["Foresee.Encoders"] = ["Foresee.Patches", "Foresee.Images", "Foresee.Torch"],
        ["Foresee.Losses"] = ["Foresee.Torch"],
        ["Foresee.Heads"] = ["Foresee.Torch"],
        ["Foresee.Labels"] = ["Foresee.Images"],
        ["Foresee.Methods"] = ["Foresee.Losses", "Foresee.Heads", "Foresee.Encoders", "Foresee.Augmentation", "Foresee.Patches",
            "Foresee.Images", "Foresee.Torch"],
        ["Foresee.Training"] = ["Foresee.Methods", "Foresee.Encoders", "Foresee.Images", "Foresee.Torch"],
        // A protocol gives a classifier, and a saved classifier names its protocol: two folders of one layer.
        ["Foresee.Classifiers"] = ["Foresee.Evaluation", "Foresee.Labels", "Foresee.Encoders", "Foresee.Augmentation", "Foresee.Images",
            "Foresee.Torch"],
        ["Foresee.Evaluation"] = ["Foresee.Classifiers", "Foresee.Inference", "Foresee.Labels", "Foresee.Losses", "Foresee.Encoders", "Foresee.Augmentation", "Foresee.Patches",
            "Foresee.Images", "Foresee.Torch"],
        ["Foresee.Export"] = ["Foresee.Inference", "Foresee.Classifiers", "Foresee.Evaluation", "Foresee.Encoders", "Foresee.Patches",
            "Foresee.Images", "Foresee.Torch"],
        // Of the engine its files and the processor's name; a report holds no tensor.
        ["Foresee.Reports"] = ["Foresee.Evaluation", "Foresee.Inference", "Foresee.Images", "Foresee.Torch"],
        ["Foresee.Recipes"] = ["Foresee.Starts", "Foresee.Training", "Foresee.Reports", "Foresee.Methods", "Foresee.Encoders", "Foresee.Augmentation",
            "Foresee.Images", "Foresee.Torch"],
        ["Foresee.Runs"] = ["Foresee.Starts", "Foresee.Recipes", "Foresee.Training", "Foresee.Evaluation", "Foresee.Reports", "Foresee.Methods",
            "Foresee.Encoders", "Foresee.Augmentation", "Foresee.Patches", "Foresee.Images", "Foresee.Torch"],
        ["Foresee.Studies"] = ["Foresee.Inference", "Foresee.Starts", "Foresee.Runs", "Foresee.Recipes", "Foresee.Training", "Foresee.Methods",
            "Foresee.Evaluation", "Foresee.Reports", "Foresee.Labels", "Foresee.Encoders", "Foresee.Augmentation", "Foresee.Images", "Foresee.Torch"],
        // A fit holds labels beside a pretraining; the run itself, in Runs and below, can hold none.
        ["Foresee.Fitting"] = ["Foresee.Inference", "Foresee.Export", "Foresee.Studies", "Foresee.Starts", "Foresee.Runs", "Foresee.Recipes", "Foresee.Training",
            "Foresee.Classifiers", "Foresee.Evaluation", "Foresee.Reports", "Foresee.Labels", "Foresee.Encoders", "Foresee.Images",
            "Foresee.Torch"],
        ["Foresee.Detection"] = ["Foresee.Reports", "Foresee.Encoders", "Foresee.Augmentation", "Foresee.Images", "Foresee.Torch"],
        ["Foresee.Benchmarks"] = ["Foresee.Cli", "Foresee.Recipes", "Foresee.Training", "Foresee.Evaluation", "Foresee.Reports",
            "Foresee.Methods", "Foresee.Losses", "Foresee.Encoders", "Foresee.Augmentation", "Foresee.Patches", "Foresee.Images",
            "Foresee.Fitting", "Foresee.Labels", "Foresee.Classifiers", "Foresee.Inference", "Foresee.Torch"],
        ["Foresee.Starts"] = ["Foresee.Encoders", "Foresee.Images", "Foresee.Torch"], // its atomic file
        ["Foresee.DataSets"] = ["Foresee.Images", "Foresee.Torch"], // its atomic file
        ["Foresee.Torch"] = [],
        ["Foresee.Cli"] = ["Foresee.Detection", "Foresee.Fitting", "Foresee.Server", "Foresee.Inference", "Foresee.Export", "Foresee.Classifiers", "Foresee.DataSets", "Foresee.Starts",
            "Foresee.Studies", "Foresee.Runs", "Foresee.Recipes", "Foresee.Methods", "Foresee.Training", "Foresee.Evaluation",
            "Foresee.Reports", "Foresee.Labels", "Foresee.Encoders", "Foresee.Augmentation", "Foresee.Images", "Foresee.Torch"],
    };

    [GeneratedRegex(@"^\s*(?:global\s+)?using\s+(?:static\s+)?(?:\w+\s*=\s*)?(Foresee\.\w+)", RegexOptions.Multiline)]
    private static partial Regex UsingLine();

    // Without a using line: Foresee.Labels.LabelDraw or global::Foresee.Labels.
    [GeneratedRegex(@"\b(Foresee\.(?:Images|Inference|Patches|Augmentation|Encoders|Heads|Losses|Methods|Training|Labels|Evaluation|Classifiers|Export|Reports|Recipes|Runs|Studies|Detection|Fitting|Benchmarks|DataSets|Starts|Torch|Server|Cli))\.\w")]
    private static partial Regex FullName();

    // A sibling's type through the common parent: Labels.LabelDraw inside Foresee.Training needs no using line either.
    [GeneratedRegex(@"(?<![\w.])(Images|Inference|Patches|Augmentation|Encoders|Heads|Losses|Methods|Training|Labels|Evaluation|Classifiers|Export|Reports|Recipes|Runs|Studies|Detection|Fitting|Benchmarks|DataSets|Starts|Torch|Server|Cli)\.(\w+)")]
    private static partial Regex RelativeName();

    [GeneratedRegex(@"\b(?:class|struct|record|interface|enum)\s+(\w+)")]
    private static partial Regex Declaration();

    [GeneratedRegex(@"^\s*namespace\s+([\w.]+);", RegexOptions.Multiline)]
    private static partial Regex NamespaceLine();

    [Fact]
    public void Every_folder_uses_only_what_it_may()
    {
        var files = Sources().ToList();
        Assert.NotEmpty(files);
        var types = files.SelectMany(file => Declaration().Matches(file.Text)
            .Select(match => (Layer: Layer(file.Path), Type: match.Groups[1].Value))).ToHashSet();
        var faults = new List<string>();
        foreach (var (path, text) in files)
        {
            var layer = Layer(path);
            var allowed = Arrows.TryGetValue(layer, out var arrows) ? arrows : null;
            if (allowed is null)
            {
                faults.Add($"{path}: the folder of {layer} has no arrows; add it to this test and to the rules");
                continue;
            }
            var code = WithoutComments(text);
            var used = UsingLine().Matches(code).Concat(FullName().Matches(code)).Select(match => match.Groups[1].Value)
                .Concat(Relative(code, types)).Distinct();
            faults.AddRange(used.Where(name => name != layer && !allowed.Contains(name))
                .Select(name => $"{path}: {layer} must not use {name}"));
        }
        Assert.True(faults.Count == 0, string.Join('\n', faults));
    }

    /// <summary>A sentence in quotes may go on; what is beside it ends before column 140 (.editorconfig).</summary>
    [Fact]
    public void Lines_end_before_column_140()
    {
        var folders = new[] { "src", "tests", "benchmarks", "samples" };
        var files = folders.SelectMany(folder => Directory.EnumerateFiles(Path.Combine(Root(), folder), "*.cs", SearchOption.AllDirectories))
            .Where(path => !path.Split(Path.DirectorySeparatorChar).Any(part => part is "bin" or "obj")).ToList();
        Assert.NotEmpty(files);
        Assert.Empty(files.SelectMany(path => File.ReadLines(path).Index()
            .Where(line => line.Item.Length > 140 && Quoted().Replace(line.Item, "").Length > 140)
            .Select(line => $"{Path.GetRelativePath(Root(), path)}({line.Index + 1}) has {line.Item.Length} columns")));
    }

    [GeneratedRegex("""
        "(?:\\.|[^"\\])*"
        """)]
    private static partial Regex Quoted();

    /// <summary>The command line has one: nobody uses it as a library, and Console or Data would hide what others call so.</summary>
    private static string NamespaceOf(string path) => path.StartsWith("Foresee.Cli/", StringComparison.Ordinal) ? "Foresee.Cli"
        : Path.GetDirectoryName(path)!.Replace('/', '.');

    [Fact]
    public void Namespaces_are_folders()
    {
        var faults = Sources()
            .Select(file => (file.Path, Namespace: NamespaceLine().Match(file.Text)))
            .Where(file => file.Namespace.Success)
            .Select(file => (file.Path, Found: file.Namespace.Groups[1].Value, Expected: NamespaceOf(file.Path)))
            .Where(file => file.Found != file.Expected)
            .Select(file => $"{file.Path}: namespace {file.Found}, the folder says {file.Expected}")
            .ToList();
        Assert.True(faults.Count == 0, string.Join('\n', faults));
    }

    [Fact]
    public void Only_the_border_calls_native_code()
    {
        var callers = Sources()
            .Where(file => WithoutComments(file.Text) is var code
                && (code.Contains("LibraryImport", StringComparison.Ordinal) || code.Contains("DllImport(", StringComparison.Ordinal)
                || code.Contains("NativeLibrary.", StringComparison.Ordinal)))
            .Select(file => file.Path)
            .ToList();
        Assert.NotEmpty(callers);
        Assert.All(callers, path => Assert.StartsWith("Foresee.Torch/Interop/", path, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("using Foresee.Labels;\n", true)]
    [InlineData("using Draw = Foresee.Labels.LabelDraw;\n", true)]
    [InlineData("using static Foresee.Labels.LabelDraw;\n", true)]
    [InlineData("var draw = Foresee.Labels.LabelDraw.Take();\n", true)]
    [InlineData("// unlike Foresee.Labels.LabelDraw\n", false)]
    public void A_forbidden_arrow_would_be_seen(string line, bool seen)
    {
        var code = WithoutComments(line);
        Assert.Equal(seen, UsingLine().IsMatch(code) || FullName().IsMatch(code));
    }

    [Fact]
    public void A_name_relative_to_the_common_namespace_would_be_seen()
    {
        HashSet<(string, string)> types = [("Foresee.Labels", "LabelDraw")];
        Assert.Equal(["Foresee.Labels"], Relative("var draw = Labels.LabelDraw.Take();", types));
        Assert.Empty(Relative("var count = data.Labels.LabelDraw + Labels.Length;", types)); // a property that is called so
    }

    [Fact]
    public void A_sample_is_one_short_file_that_tells_its_use_time_and_score()
    {
        var samples = Directory.GetFiles(Path.Combine(Root(), "samples"), "*.cs");
        Assert.NotEmpty(samples);
        Assert.All(samples, path =>
        {
            var lines = File.ReadAllLines(path);
            Assert.True(lines.Length <= 90, $"{path} has {lines.Length} lines, at most 90 are allowed");
            var remarks = string.Join(' ', lines.Where(line => line.StartsWith("//", StringComparison.Ordinal))
                .Select(line => line[2..].Trim()));
            Assert.Contains($"dotnet run -c Release samples/{Path.GetFileName(path)}", remarks, StringComparison.Ordinal);
            Assert.Matches(@"\d+ s on 2 cores: .*\d", remarks);
        });
    }

    private static IEnumerable<string> Relative(string code, HashSet<(string Layer, string Type)> types) => RelativeName().Matches(code)
        .Select(match => (Layer: $"Foresee.{match.Groups[1].Value}", Type: match.Groups[2].Value)).Where(types.Contains)
        .Select(name => name.Layer);

    /// <summary>"Foresee/Images/Image.cs" -> Foresee.Images; "Foresee.Torch/Layers/Linear.cs" -> Foresee.Torch.</summary>
    private static string Layer(string path)
    {
        var parts = path.Split('/');
        return parts[0] == "Foresee" && parts.Length > 2 ? $"Foresee.{parts[1]}" : parts[0];
    }

    private static string WithoutComments(string text) => Comment().Replace(text, "");

    [GeneratedRegex(@"//.*?$|/\*.*?\*/", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Comment();

    private static IEnumerable<(string Path, string Text)> Sources()
    {
        string[] parts = [Path.Combine(Root(), "src"), Path.Combine(Root(), "benchmarks")];
        return parts.SelectMany(part => Directory.EnumerateFiles(part, "*.cs", SearchOption.AllDirectories)
            .Select(path => Path.GetRelativePath(part, path))
            .Where(path => !path.Split('/').Any(folder => folder is "bin" or "obj"))
            .Select(path => (path, File.ReadAllText(Path.Combine(part, path)))));
    }

    internal static string Root()
    {
        var root = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(root, "Foresee.slnx")))
            root = Path.GetDirectoryName(root)
                ?? throw new InvalidOperationException($"No Foresee.slnx above {AppContext.BaseDirectory}; run the tests inside the "
                    + "checkout.");
        return root;
    }
}
