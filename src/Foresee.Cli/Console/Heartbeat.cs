namespace Foresee.Cli;

/// <summary>
/// Says what is being done whenever a while has passed without a line, so that nobody takes work for a standstill. For output that is no
/// terminal: a file, a pipe, a log.
/// </summary>
internal sealed class Heartbeat : IDisposable
{
    /// <summary>The most that passes without a line, as docs/command-line.md promises.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);

    private readonly Action<string> say;
    private readonly TimeProvider time;
    private readonly ITimer timer;
    private readonly Lock gate = new();
    private string? work;          // null: the line itself is set
    private Func<string>? line;
    private long begun, said;

    /// <param name="say">Writes a line.</param>
    public Heartbeat(Action<string> say, TimeProvider time)
    {
        (this.say, this.time, said) = (say, time, time.GetTimestamp());
        timer = time.CreateTimer(_ => Beat(), null, Interval, Timeout.InfiniteTimeSpan);
    }

    /// <summary>From now on this is being done; how long already is added when it is said.</summary>
    public void Now(string doing)
    {
        lock (gate)
        {
            if (doing == work) return;
            (work, line, begun) = (doing, null, time.GetTimestamp());
        }
    }

    /// <summary>From now on the line is this one, made when it is said.</summary>
    public void Show(Func<string> text)
    {
        lock (gate) (work, line) = (null, text);
    }

    /// <summary>A line was said by somebody else.</summary>
    public void Said()
    {
        lock (gate) said = time.GetTimestamp();
    }

    private void Beat()
    {
        string? text = null;
        var wait = Interval;
        lock (gate)
        {
            var silent = time.GetElapsedTime(said);
            if (silent < Interval) wait = Interval - silent;
            else
            {
                text = work is null ? line?.Invoke() : $"{work}, {ProgressView.Duration(time.GetElapsedTime(begun).TotalSeconds)}";
                said = time.GetTimestamp();
            }
        }
        try
        {
            if (text is not null) say(text);
        }
        catch (Exception error) when (error is ObjectDisposedException or IOException)
        {
            return; // nobody reads any more; the next line of the work itself tells
        }
        timer.Change(wait, Timeout.InfiniteTimeSpan);
    }

    /// <summary>A line that is being said is waited for: afterwards nothing writes to what the owner may close.</summary>
    public void Dispose() => timer.DisposeAsync().AsTask().Wait();
}
