using System.Diagnostics;
using Foresee.Encoders.Imported.Onnx;
using Google.Protobuf;

namespace Foresee.Tests.Export;

/// <summary>A test that needs ONNX's own checker.</summary>
public sealed class OnnxCheckerFactAttribute : FactAttribute
{
    public OnnxCheckerFactAttribute()
    {
        if (!OnnxChecker.IsInstalled) Skip = "this system has no onnx for /usr/bin/python3; Debian and Ubuntu: apt-get install python3-onnx";
    }
}

/// <summary>onnx.checker.check_model(model, full_check=True), which infers all shapes, too; one Python process for all tests.</summary>
internal static class OnnxChecker
{
    private const string Python = "/usr/bin/python3";
    private const int NewestOperators = 17; // that Debian 12's onnx knows

    private const string Program = """
        import sys, onnx
        print("ready", flush=True)
        for path in sys.stdin:
            try:
                onnx.checker.check_model(onnx.load(path.rstrip("\n")), full_check=True)
                print("", flush=True)
            except Exception as error:
                print(repr(error), flush=True)
        """;

    private static readonly Lock Gate = new();
    private static readonly Lazy<Process?> Checker = new(Start);

    public static bool IsInstalled => Checker.Value is not null;

    private static Process? Start()
    {
        if (!File.Exists(Python)) return null;
        var process = Process.Start(new ProcessStartInfo(Python, ["-c", Program])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        process.BeginErrorReadLine(); // read and let go, so that it never waits
        return process.StandardOutput.ReadLine() == "ready" ? process : null;
    }

    /// <summary>What the checker finds wrong with a model; empty where nothing, or where no checker is installed.</summary>
    public static string Fault(ModelProto model)
    {
        if (Checker.Value is not { } process || model.OpsetImport[0].Version > NewestOperators) return "";
        var path = Path.GetTempFileName();
        try
        {
            File.WriteAllBytes(path, model.ToByteArray());
            lock (Gate)
            {
                process.StandardInput.WriteLine(path);
                process.StandardInput.Flush();
                return process.StandardOutput.ReadLine() ?? "the checker ended";
            }
        }
        finally
        {
            File.Delete(path);
        }
    }
}
