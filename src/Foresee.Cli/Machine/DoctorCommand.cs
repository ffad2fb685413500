using System.CommandLine;

namespace Foresee.Cli;

/// <summary>foresee doctor: what this machine has, what it lacks, and what to do about it.</summary>
internal static class DoctorCommand
{
    public static Command Create(Terminal terminal)
    {
        var json = new Option<FileInfo?>("--json") { Description = "also write what was found to this file, as JSON", HelpName = "file" };
        var command = new Command("doctor", "Says what was found on this machine: libtorch, BLAS, bf16, threads, GPU, data") { json };
        command.SetAction(parsed =>
        {
            OutputFolder.PrepareFor(parsed.GetValue(json));
            var found = Diagnosis.Make();
            foreach (var (name, text) in found.Lines()) terminal.Line($"{name,-10} {text}");
            foreach (var warning in found.Warnings) terminal.Warn(warning);
            if (found.Fault is not null) terminal.Error.WriteLine($"error: {found.Fault}");
            JsonFile.Write(parsed.GetValue(json), found);
            return found.Fault is null ? ExitCode.Success : ExitCode.Failed;
        });
        return command;
    }
}
