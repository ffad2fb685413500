using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using Foresee.Server;

namespace Foresee.Cli;

/// <summary>foresee serve: a fitted model behind HTTP, with a page to classify and to label images.</summary>
internal sealed class ServeCommand
{
    private const int UsualPort = 8080;
    private const double UsualMinutes = 10, UsualRate = 50;

    private readonly Terminal terminal;
    private readonly Argument<string> model = new("MODEL") { Description = "the folder that fit wrote" };
    private readonly Option<int?> port = Dial.Whole("--port", $"where to listen; 0 for a free one (default: {UsualPort})", least: 0, most: 65535);
    private readonly Option<string> host = new("--host")
    {
        Description = "the address of this machine to listen on; any but loopback needs --token-file",
        HelpName = "address",
        DefaultValueFactory = _ => "127.0.0.1",
    };
    private readonly Option<string?> tokenFile = new("--token-file")
    {
        Description = "every request needs the token in this file; where there is none, it is made with a new one",
        HelpName = "file",
    };
    private readonly Option<string?> pool = new("--pool")
    {
        Description = "label mode: the images to label, a folder or a CSV file",
        HelpName = "images",
    };
    private readonly Option<string?> labels = new("--labels")
    {
        Description = "where labels are and go: a CSV file of path,label, or a folder with one folder of images per class",
        HelpName = "file|folder",
    };
    private readonly Option<double?> minutes = Dial.Positive("--minutes", $"of a refit in label mode (default: {UsualMinutes})");
    private readonly Option<int?> threads = Dial.Whole("--threads", "images that are computed at the same time (default: all cores)", least: 1, most: 4096);
    private readonly Option<int?> queue = Dial.Whole("--queue", "images that may wait; more are refused with 503 (default: 256)", least: 64);
    private readonly Option<double?> rate = Dial.Positive("--rate",
        $"requests a second that one address may make; more are refused with 429 (default: {UsualRate}; on loopback no limit)");

    private ServeCommand(Terminal terminal) => this.terminal = terminal;

    public static Command Create(Terminal terminal)
    {
        var made = new ServeCommand(terminal);
        var command = new Command("serve", "Serves a fitted model over HTTP, with a page to classify images and one to label them")
        {
            made.model, made.port, made.host, made.tokenFile, made.pool, made.labels, made.minutes, made.threads, made.queue, made.rate,
        };
        command.SetAction(made.Run);
        return command;
    }

    private int Run(ParseResult parsed)
    {
        var options = Options(parsed);
        using var interruption = new Interruption(terminal, "finishing the requests under way");
        terminal.Now("loading the model");
        Serve(options, interruption.Token).GetAwaiter().GetResult();
        return ExitCode.Success;
    }

    private async Task Serve(ServerOptions options, CancellationToken stop)
    {
        await using var server = await Start(options, stop);
        terminal.Rest();
        terminal.Line($"serving {options.Model} at {server.Address}");
        if (options.Labels is { } labels) terminal.Line($"label {labels.Pool} at {server.Address}label; labels go to {labels.Labels}");
        terminal.Line("Ctrl-C stops when the requests under way are answered");
        await Task.Delay(Timeout.Infinite, stop).ContinueWith(_ => { }, TaskScheduler.Default);
    }

    private async Task<ForeseeServer> Start(ServerOptions options, CancellationToken stop)
    {
        try
        {
            return await ForeseeServer.StartAsync(options, terminal.Warn, cancel: stop);
        }
        catch (FileNotFoundException error) when (FittedModel.IsNone(error))
        {
            throw FittedModel.None(options.Model, error);
        }
        catch (ArgumentException error)
        {
            throw new UsageException(error.Message, error);
        }
        catch (IOException error) when (error.InnerException is Microsoft.AspNetCore.Connections.AddressInUseException)
        {
            throw new UsageException(string.Create(CultureInfo.InvariantCulture,
                $"Port {options.Port} of {options.Address} is taken; choose another by --port, or 0 for one that is free."), error);
        }
    }

    private ServerOptions Options(ParseResult parsed)
    {
        var address = Address(parsed.GetValue(host)!);
        var usual = new ServerOptions(parsed.GetValue(model)!);
        return usual with
        {
            Address = address,
            Port = parsed.GetValue(port) ?? UsualPort,
            Token = parsed.GetValue(tokenFile) is { } file ? TokenFile.ReadOrMake(file, terminal) : null,
            Threads = parsed.GetValue(threads) ?? RunOptions.DefaultThreads,
            Queue = parsed.GetValue(queue) ?? usual.Queue,
            Rate = parsed.GetValue(rate) ?? (IPAddress.IsLoopback(address) ? null : UsualRate),
            Labels = Labels(parsed),
        };
    }

    private static IPAddress Address(string host) => host == "localhost" ? IPAddress.Loopback
        : IPAddress.TryParse(host, out var address) ? address
        : throw new UsageException($"--host must be an address of this machine, for instance 127.0.0.1, ::1 or 0.0.0.0 for all, got '{host}'.");

    private LabelOptions? Labels(ParseResult parsed)
    {
        var (images, file) = (parsed.GetValue(pool), parsed.GetValue(labels));
        if (images is null && file is null) return null;
        if (images is null || file is null) throw new UsageException("--pool and --labels belong together: what is labelled, and where labels go.");
        Named.Images(images);
        return new(images, file) { Refit = Refit, RefitMinutes = parsed.GetValue(minutes) ?? UsualMinutes };
    }

    /// <summary>This program again, asked as for the first model, on all cores but one, which answers; it ends with this one.</summary>
    internal static ProcessStartInfo Refit(RefitRequest request)
    {
        var minutes = request.Minutes.ToString(CultureInfo.InvariantCulture);
        var threads = Math.Max(1, RunOptions.DefaultThreads - 1).ToString(CultureInfo.InvariantCulture);
        string[] words = ["fit", request.Pool, request.Labels, "--out", request.Output, "--minutes", minutes, "--threads", threads,
            .. RefitWords.Read(request.Output)];
        var (program, itself) = (Environment.ProcessPath!, typeof(ServeCommand).Assembly.Location);
        var isHost = Path.GetFileNameWithoutExtension(program).Equals("dotnet", StringComparison.OrdinalIgnoreCase);
        return new(program, isHost ? [itself, .. words] : words) { Environment = { [ParentWatch.Variable] = "1" } };
    }
}
