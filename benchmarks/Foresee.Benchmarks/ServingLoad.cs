using System.Collections.Concurrent;
using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using Foresee.Cli;
using Foresee.Images;

namespace Foresee.Benchmarks;

/// <summary>
/// benchmarks/run serving MODEL IMAGES: many clients on loopback ask `foresee serve MODEL` at the same time, each for one image after the
/// other. The clients share the machine with the server, so what a server alone could do is more.
/// </summary>
internal static class ServingLoad
{
    private const int MostImages = 500;

    public static Command Command(Terminal terminal)
    {
        var model = new Argument<string>("MODEL") { Description = "the folder that fit wrote" };
        var images = new Argument<string>("IMAGES") { Description = "a folder of image files" };
        var clients = Dial.Whole("--clients", "that ask at the same time (default: 64)", least: 1, most: 1000);
        var seconds = Dial.Positive("--seconds", "of asking, after 3 that warm up (default: 30)");
        var command = new Command("serving", "Measures the server with many clients on loopback") { model, images, clients, seconds };
        command.SetAction(parsed =>
        {
            using var interruption = new Interruption(terminal);
            terminal.Rest();
            var (asking, time) = (parsed.GetValue(clients) ?? 64, parsed.GetValue(seconds) ?? 30);
            return Run(terminal, parsed.GetValue(model)!, parsed.GetValue(images)!, asking, time, interruption.Token)
                .GetAwaiter().GetResult();
        });
        return command;
    }

    private static async Task<int> Run(Terminal terminal, string model, string images, int clients, double seconds,
        CancellationToken cancel)
    {
        byte[][] files = [.. Files(images).Take(MostImages).Select(File.ReadAllBytes)];
        using var server = Process.Start(new ProcessStartInfo(Checkout.Find("foresee"), ["serve", model, "--port", "0"]) { RedirectStandardOutput = true })!;
        try
        {
            var line = await server.StandardOutput.ReadLineAsync(cancel)
                ?? throw new InvalidOperationException($"foresee serve {model} ended before it served; its error is above.");
            using var client = new HttpClient(new SocketsHttpHandler { MaxConnectionsPerServer = clients })
            {
                BaseAddress = new(line[(line.LastIndexOf(" at ", StringComparison.Ordinal) + 4)..]),
                Timeout = TimeSpan.FromSeconds(100),
            };
            await Ask(client, files, clients, 3, server, cancel);
            var asked = await Ask(client, files, clients, seconds, server, cancel);
            Tell(terminal, asked, clients, files.Average(file => file.Length));
            return asked.Faults.IsEmpty ? ExitCode.Success : ExitCode.Failed;
        }
        finally
        {
            server.Kill(entireProcessTree: true);
        }
    }

    private static IEnumerable<string> Files(string images) => ImageSources.Open(images) is ImageFolder folder
        ? Enumerable.Range(0, folder.Count).Select(folder.Describe)
        : throw new UsageException($"{images} holds no image files of their own; name a folder of them.");

    /// <param name="Times">Of each answer, in milliseconds.</param>
    /// <param name="Faults">Counts of statuses other than 200, and of connections that broke.</param>
    /// <param name="Mib">Of the server's memory, each second.</param>
    private sealed record Asked(List<double> Times, ConcurrentDictionary<string, int> Faults, List<double> Mib, double Seconds,
        double ProcessorSeconds);

    private static async Task<Asked> Ask(HttpClient client, byte[][] files, int clients, double seconds, Process server,
        CancellationToken cancel)
    {
        var (times, faults, mib, next) = (new ConcurrentBag<double>(), new ConcurrentDictionary<string, int>(), new List<double>(), 0);
        server.Refresh();
        var (start, processor) = (Stopwatch.GetTimestamp(), server.TotalProcessorTime);
        double Elapsed() => Stopwatch.GetElapsedTime(start).TotalSeconds;
        async Task Client()
        {
            while (Elapsed() < seconds && !cancel.IsCancellationRequested)
            {
                using var content = new ByteArrayContent(files[Interlocked.Increment(ref next) % files.Length]);
                content.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
                var asked = Stopwatch.GetTimestamp();
                try
                {
                    using var answer = await client.PostAsync(new Uri("/v1/classify?top=1", UriKind.Relative), content, cancel);
                    await answer.Content.ReadAsByteArrayAsync(cancel);
                    times.Add(Stopwatch.GetElapsedTime(asked).TotalMilliseconds);
                    if (!answer.IsSuccessStatusCode) faults.AddOrUpdate($"status {(int)answer.StatusCode}", 1, (_, count) => count + 1);
                }
                catch (HttpRequestException error)
                {
                    faults.AddOrUpdate(error.HttpRequestError.ToString(), 1, (_, count) => count + 1);
                }
            }
        }
        var work = Task.WhenAll(Enumerable.Range(0, clients).Select(_ => Task.Run(Client)));
        while (!work.IsCompleted)
        {
            await Task.WhenAny(work, Task.Delay(1000, CancellationToken.None));
            server.Refresh();
            mib.Add(server.WorkingSet64 / 1048576.0);
        }
        await work;
        return new([.. times.Order()], faults, mib, Elapsed(), (server.TotalProcessorTime - processor).TotalSeconds);
    }

    private static void Tell(Terminal terminal, Asked asked, int clients, double bytes)
    {
        var times = asked.Times;
        double At(double share) => times.Count == 0 ? double.NaN : times[Math.Min(times.Count - 1, (int)(share * times.Count))];
        var half = asked.Mib.Count / 2;
        terminal.Line(string.Create(CultureInfo.InvariantCulture,
            $"{clients} clients, {asked.Seconds:0} s, images of {bytes / 1024:0.0} KiB: {asked.Times.Count} answers, {asked.Times.Count / asked.Seconds:0.0} a second"));
        terminal.Line(string.Create(CultureInfo.InvariantCulture,
            $"milliseconds: p50 {At(0.5):0.0}, p95 {At(0.95):0.0}, p99 {At(0.99):0.0}, longest {At(1):0.0}"));
        terminal.Line(string.Create(CultureInfo.InvariantCulture,
            $"server: {asked.ProcessorSeconds / asked.Seconds:0.00} cores, memory {asked.Mib[0]:0} MiB at first, most {asked.Mib.Max():0}, "
            + $"mean of the first half {asked.Mib[..Math.Max(1, half)].Average():0}, of the second {asked.Mib[half..].Average():0}"));
        terminal.Line(asked.Faults.IsEmpty ? "no request failed" : $"failed: {string.Join(", ", asked.Faults.Select(fault => $"{fault.Value} x {fault.Key}"))}");
    }
}
