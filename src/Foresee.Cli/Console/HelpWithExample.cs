using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace Foresee.Cli;

/// <summary>The library's help, and a command that can be typed as it stands there.</summary>
internal sealed class HelpWithExample : SynchronousCommandLineAction
{
    /// <summary>By the words of the command.</summary>
    public static readonly IReadOnlyDictionary<string, string> Examples = new Dictionary<string, string>
    {
        [""] = "foresee fit photos labelled --out models/mine --minutes 30",
        ["demo"] = "foresee demo --draws 5",
        ["look"] = "foresee look photos --out runs/look",
        ["serve"] = "foresee serve models/mine --pool photos --labels labels.csv",
        ["pretrain"] = "foresee pretrain photos --out runs/mine --minutes 30",
        ["fit"] = "foresee fit photos labelled --out models/mine --minutes 30",
        ["evaluate"] = "foresee evaluate runs/mine labelled --labels 10/class,50/class --draws 3 --out runs/mine/evaluation",
        ["compare"] = "foresee compare labelled --starts imagenet-resnet18,simsiam --minutes 20 --labels 10/class --out runs/compare",
        ["ablation"] = "foresee ablation photos --labelled labelled --labels 10/class --minutes 10 --out runs/ablation",
        ["adapt"] = "foresee adapt labelled photos-of-another-camera --encoder imagenet-resnet18 --out runs/adapted",
        ["fewshot"] = "foresee fewshot labelled --encoder runs/mine --ways 5 --shots 1,5 --out runs/fewshot",
        ["rank"] = "foresee rank labelled --encoders imagenet-resnet18,runs/mine --validation --out runs/ranked",
        ["layers"] = "foresee layers labelled --validation --draws 3 --out runs/layers",
        ["affinity"] = "foresee affinity labelled --encoders runs/rotation,runs/jigsaw,runs/colour --validation --out runs/affinity",
        ["multitask"] = "foresee multitask labelled --validation --draws 3 --out runs/multitask",
        ["embed"] = "foresee embed runs/mine photos --out features.npy",
        ["predict"] = "foresee predict models/mine 'photos/**/*.jpg' --top 3 --out predictions.csv",
        ["detect"] = "foresee detect train VOC --start imagenet-resnet18 --out runs/detector",
        ["detect train"] = "foresee detect train VOC --start imagenet-resnet18 --size 640x480 --out runs/detector",
        ["detect evaluate"] = "foresee detect evaluate runs/detector VOC --split test --out runs/detector/test",
        ["detect predict"] = "foresee detect predict runs/detector photos --pictures --out found",
        ["suggest"] = "foresee suggest models/mine photos --count 100 --labelled labelled --out suggested.csv",
        ["report"] = "foresee report models/mine held-out --out runs/report",
        ["export"] = "foresee export models/mine --out mine.onnx",
        ["inspect"] = "foresee inspect runs/mine",
        ["doctor"] = "foresee doctor --json doctor.json",
        ["data"] = "foresee data list",
        ["data list"] = "foresee data list",
        ["data get"] = "foresee data get cifar10",
        ["data check"] = "foresee data check labelled --test held-out",
        ["data make"] = "foresee data make labelled --as inverted --out inverted",
        ["start"] = "foresee start list",
        ["start list"] = "foresee start list",
        ["start get"] = "foresee start get imagenet-resnet18",
        ["start stages"] = "foresee start stages imagenet-resnet18 --out runs/stages",
        ["start mirror"] = "foresee start mirror imagenet-resnet18 --out runs/mirrored",
        ["start join"] = "foresee start join imagenet-resnet18 runs/mine --out runs/both",
        ["completion"] = "foresee completion bash > ~/.local/share/bash-completion/completions/foresee",
    };

    public override bool ClearsParseErrors => true; // asked for help, a line need not be whole

    public override int Invoke(ParseResult parsed)
    {
        var code = new HelpAction().Invoke(parsed);
        var words = Words(parsed.CommandResult.Command);
        if (!Examples.TryGetValue(words, out var example)) return code;
        var output = parsed.InvocationConfiguration.Output;
        output.WriteLine("Example:");
        output.WriteLine($"  {example}");
        output.WriteLine();
        return code;
    }

    /// <summary>"data get"; of the root none.</summary>
    private static string Words(Symbol command) =>
        command.Parents.OfType<Command>().FirstOrDefault() is { } parent ? $"{Words(parent)} {command.Name}".TrimStart() : "";
}
