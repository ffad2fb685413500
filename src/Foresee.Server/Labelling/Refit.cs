using System.Diagnostics;
using Foresee.Server.Hosting;
using Foresee.Server.Models;

namespace Foresee.Server.Labelling;

/// <param name="State">none, running, done, failed.</param>
/// <param name="Line">What the program said last.</param>
/// <param name="Labels">That the model was fitted from.</param>
internal sealed record RefitState(string State, string? Line = null, int? Labels = null, double? Minutes = null, double? Seconds = null,
    string? Error = null);

/// <summary>
/// Fits a model anew from the labels so far, as a process of its own at low priority, and puts it in the place of the one in use. The
/// server answers meanwhile, and no request is dropped.
/// </summary>
internal sealed class Refit(ServerOptions options, ModelSlot slot, ServerMetrics metrics, ILogger<Refit> log) : IDisposable
{
    private readonly Lock gate = new();
    private readonly CancellationTokenSource stop = new();
    private RefitState state = new("none");
    private long began;
    private Task work = Task.CompletedTask;
    private Process? process;

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
            began = Stopwatch.GetTimestamp();
            work = Task.Run(Run);
        }
    }

    /// <summary>What it has learnt so far stays on disk.</summary>
    public void Stop()
    {
        lock (gate)
        {
            if (process is { HasExited: false }) process.Kill(entireProcessTree: true);
        }
    }

    private async Task Run()
    {
        try
        {
            var next = ModelFolder.Next(options.Model);
            ModelFolder.HandOn(options.Model);
            var error = await Fit(new(options.Labels!.Pool, options.Labels.Labels, next, options.Labels.RefitMinutes));
            if (error is not null)
            {
                Set(now => now with { State = "failed", Error = error });
                return;
            }
            var loaded = LoadedModel.Load(next); // and tried, before anything is exchanged
            ModelFolder.Exchange(options.Model);
            loaded.MovedTo(options.Model);
            slot.Exchange(loaded);
            metrics.Swapped();
            Set(now => now with { State = "done", Line = "the new model is in use" });
            Swapped?.Invoke();
        }
        catch (OperationCanceledException)
        {
            Set(now => now with { State = "failed", Error = "The server stops." });
        }
        catch (Exception error)
        {
            log.LogError(error, "The refit failed");
            Set(now => now with { State = "failed", Error = "The new model can't be used; the server's messages tell more." });
        }
    }

    /// <returns>Why there is no model, or null.</returns>
    private async Task<string?> Fit(RefitRequest request)
    {
        var start = options.Labels!.Refit!(request);
        (start.RedirectStandardOutput, start.RedirectStandardError, start.RedirectStandardInput) = (true, true, true);
        using var child = Process.Start(start) ?? throw new InvalidOperationException($"{start.FileName} did not start.");
        child.StandardInput.Close();
        lock (gate) process = child;
        try
        {
            child.PriorityClass = ProcessPriorityClass.BelowNormal; // those who ask go first
        }
        catch (Exception error) when (error is InvalidOperationException or System.ComponentModel.Win32Exception)
        {
            // it has ended already, or may not be slowed
        }
        string? fault = null;
        var told = Follow(child.StandardOutput, line => Set(now => now with { Line = line }));
        var errors = Follow(child.StandardError, line => fault = line.StartsWith("error: ", StringComparison.Ordinal) ? line[7..] : fault);
        try
        {
            await child.WaitForExitAsync(stop.Token);
            await Task.WhenAll(told, errors);
        }
        finally
        {
            lock (gate) process = null;
            if (!child.HasExited) child.Kill(entireProcessTree: true);
        }
        return child.ExitCode == 0 ? null : fault ?? $"The fit ended with code {child.ExitCode}.";
    }

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
}
