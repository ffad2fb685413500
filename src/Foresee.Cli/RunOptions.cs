using System.CommandLine;
using Foresee.Torch;

namespace Foresee.Cli;

/// <summary>The dials that every computing command has.</summary>
internal sealed class RunOptions
{
    /// <summary>Two threads of one core share its arithmetic but hide each other's waiting, so every one counts.</summary>
    public static int DefaultThreads => Environment.ProcessorCount;

    public Option<string> Device { get; } = new("--device")
    {
        Description = "where to compute: cpu, cuda or cuda:N",
        HelpName = "cpu|cuda",
        DefaultValueFactory = _ => "cpu",
    };

    public Option<int?> Threads { get; } = Dial.Whole("--threads", "threads to compute with (default: all)", least: 1, most: 4096);
    public Option<FileInfo?> Json { get; } = new("--json")
    {
        Description = "also write the result to this file, as JSON",
        HelpName = "file",
    };

    public void AddTo(Command command)
    {
        command.Add(Device);
        command.Add(Threads);
        command.Add(Json);
    }

    public int ThreadsOf(ParseResult parsed) => parsed.GetValue(Threads) ?? DefaultThreads;

    /// <summary>Loads libtorch and sets it up for this process; the first thing a computing command does.</summary>
    public Device Start(ParseResult parsed)
    {
        OutputFolder.PrepareFor(parsed.GetValue(Json));
        Device device;
        try
        {
            device = Torch.Device.Parse(parsed.GetValue(Device)!);
        }
        catch (ArgumentException error)
        {
            throw new UsageException(error.Message, error);
        }
        Engine.KeepMallocMemory();
        Engine.Threads = ThreadsOf(parsed);
        return device;
    }
}
