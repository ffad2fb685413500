using System.Diagnostics;
using System.Text.RegularExpressions;
using Foresee.Server.Hosting;
using Foresee.Server.Models;

namespace Foresee.Server.Labelling;

/// <param name="State">none, running, done, stopped, failed.</param>
/// <param name="Line">What the program said last.</param>
/// <param name="Labels">That the model was fitted from.</param>
internal sealed record RefitState(string State, string? Line = null, int? Labels = null, double? Minutes = null, double? Seconds = null,
    string? Error = null);

/// <summary>
/// Fits a model anew from the labels so far, as a process of its own at low priority, and puts it in the place of the one in use. The
/// server answers meanwhile, and no request is dropped.
/// </summary>
internal sealed partial class Refit(ServerOptions options, ModelSlot slot, ServerMetrics metrics, ILogger<Refit> log) : IDisposable
{
    private readonly Lock gate = new();
    private readonly CancellationTokenSource stop = new();
    private RefitState state = new("none");
    private long began;
    private Task work = Task.CompletedTask;
    private Process? process;
    private bool stopped;

    /// <summary>Called with the new model in use.</summary>
    public Action? Swapped { get; set; }

    public bool CanStart => options.Labels?.Refit is not null && Directory.Exists(options.Model);

    public RefitState State
    {
        get
        {
            lock (gate) return state.State == "running" ? state with { Seconds = Math.Round(Stopwatch.GetElapsedTime(began).TotalSeconds) } : state;
        }
    }

    /// <exception cref="Problem">It can't be, or is running.</exception>
    public void Start(IReadOnlyList<ClassCount> classes)
    {
        if (!CanStart) throw new Problem(409, "no_refit", "This server was not told how a model is fitted.");
        if (classes.Count(entry => entry.Count > 0) < 2)
            throw new Problem(409, "too_few_labels", "A model needs labels of two classes; label some images before.");
        lock (gate)
        {
            if (!work.IsCompleted) throw new Problem(409, "refit_running", "A refit is running; wait for it, or stop it.");
            state = new("running", "starting", classes.Sum(entry => entry.Count), options.Labels!.RefitMinutes);
            stopped = false;
            began = Stopwatch.GetTimestamp();
            work = Task.Run(Run);
        }
    }

    /// <summary>What it has learnt so far stays on disk.</summary>
    public void Stop()
    {
        lock (gate)
        {
            stopped = true;
            if (process is { HasExited: false }) process.Kill(entireProcessTree: true);
        }
    }

    private async Task Run()
    {
        try
        {
            var loaded = await Make(ModelExchange.Next(options.Model));
            loaded.MovedTo(options.Model);
            slot.Exchange(loaded);
            metrics.Swapped();
            Set(now => now with { State = "done", Line = "the new model is in use" });
            Swapped?.Invoke();
        }
        catch (OperationCanceledException)
        {
            Set(now => now with { State = "stopped" });
        }
        catch (FitFailedException error)
        {
            Set(now => now with { State = "failed", Error = error.Message });
        }
        catch (Exception error)
        {
            log.LogError(error, "The refit failed");
            Set(now => now with { State = "failed", Error = "The new model can't be used; the server's messages tell more." });
        }
    }

    /// <summary>The new model, tried, in the place of the earlier one; or nothing is changed.</summary>
    private async Task<LoadedModel> Make(string next)
    {
        try
        {
            ModelExchange.HandOn(options.Model);
            await Fit(new(options.Labels!.Pool, options.Labels.Labels, next, options.Labels.RefitMinutes));
            var loaded = LoadedModel.Load(next);
            ModelExchange.Exchange(options.Model);
            return loaded;
        }
        catch
        {
            ModelExchange.HandBack(options.Model);
            throw;
        }
    }

    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    /// <exception cref="FitFailedException">There is no model.</exception>
    private async Task Fit(RefitRequest request)
    {
        var start = options.Labels!.Refit!(request);
        (start.RedirectStandardOutput, start.RedirectStandardError, start.RedirectStandardInput) = (true, true, true);
        if (start.WorkingDirectory.Length == 0) start.WorkingDirectory = Path.GetDirectoryName(options.Model)!; // it stays where it is
        Process child;
        lock (gate)
        {
            ThrowIfStopped();
            process = child = Process.Start(start) ?? throw new InvalidOperationException($"{start.FileName} did not start.");
        }
        using var owned = child;
        // Its standard input stays open, and ends when this server does, even killed: a fit that went on would keep the next one out.
        try
        {
            child.PriorityClass = ProcessPriorityClass.BelowNormal; // those who ask go first
        }
        catch (Exception error) when (error is InvalidOperationException or System.ComponentModel.Win32Exception)
        {
            // it has ended already, or may not be slowed
        }
        string? fault = null;
        var told = Follow(child.StandardOutput, line => Set(now => now with { Line = WithoutFolders(line) }));
        var errors = Follow(child.StandardError, line =>
        {
            log.LogWarning("The refit says: {Line}", line);
            if (line.StartsWith("error: ", StringComparison.Ordinal)) fault = WithoutFolders(line[7..]);
        });
        try
        {
            await child.WaitForExitAsync(stop.Token);
            await Task.WhenAll(told, errors);
        }
        finally
        {
            lock (gate) process = null;
            if (!child.HasExited)
            {
                child.Kill(entireProcessTree: true);
                child.WaitForExit(TimeSpan.FromSeconds(2)); // its folder is moved next
            }
        }
        lock (gate) ThrowIfStopped();
        if (child.ExitCode != 0) throw new FitFailedException(fault ?? $"The fit ended with code {child.ExitCode}.");
    }

    private void ThrowIfStopped()
    {
        if (stopped || stop.IsCancellationRequested) throw new OperationCanceledException();
    }

    /// <summary>Browsers are not told where things are on this machine: files and folders by their names alone.</summary>
    private string WithoutFolders(string line)
    {
        var (model, labels) = (options.Model, options.Labels!);
        string[] places = [ModelExchange.Next(model), ModelExchange.Before(model), model, labels.Labels, labels.Pool];
        foreach (var place in places.OrderByDescending(place => place.Length))
            if (Path.GetFileName(place) is { Length: > 0 } name) line = line.Replace(place, name, StringComparison.Ordinal);
        return OtherFolders().Replace(line, "");
    }

    [GeneratedRegex(@"(?<![\w/.:])(/[^\s/:;,'""()]+)*/(?=[^\s/])")]
    private static partial Regex OtherFolders();

    private static async Task Follow(StreamReader lines, Action<string> tell)
    {
        while (await lines.ReadLineAsync() is { } line)
            if (line.Length > 0) tell(line.Length > 300 ? line[..300] : line);
    }

    private void Set(Func<RefitState, RefitState> change)
    {
        lock (gate) state = change(state) with { Seconds = Math.Round(Stopwatch.GetElapsedTime(began).TotalSeconds) };
    }

    public void Dispose()
    {
        stop.Cancel();
        try
        {
            work.Wait(TimeSpan.FromSeconds(5));
        }
        catch (AggregateException)
        {
            // it was told to stop
        }
        stop.Dispose();
    }

    private sealed class FitFailedException(string message) : Exception(message);
}
