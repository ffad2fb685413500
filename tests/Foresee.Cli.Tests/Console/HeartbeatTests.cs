namespace Foresee.Cli.Tests;

/// <summary>Off a terminal a line comes at least every 10 seconds, whatever is being done.</summary>
public sealed class HeartbeatTests
{
    private readonly StringWriter output = new() { NewLine = "\n" };
    private readonly HandSetTime time = new();
    private readonly Terminal terminal;

    public HeartbeatTests() => terminal = new(output, output, live: false, time: time);

    private string[] Lines => output.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries);

    [Fact]
    public void What_is_being_done_is_said_after_10_seconds_without_a_line_and_for_how_long()
    {
        terminal.Now("measuring the whitening");
        time.Advance(9.9);
        Assert.Empty(Lines);
        time.Advance(0.1);
        time.Advance(10);
        terminal.Now("measuring the whitening");
        time.Advance(10);
        Assert.Equal(["measuring the whitening, 10 s", "measuring the whitening, 20 s", "measuring the whitening, 30 s"], Lines);
        terminal.Now("step 1");
        time.Advance(10);
        Assert.Equal("step 1, 10 s", Lines[^1]);
        terminal.Rest();
        time.Advance(100);
        Assert.Equal(4, Lines.Length);
    }

    [Fact]
    public void An_output_that_was_closed_ends_it_and_not_the_program()
    {
        terminal.Now("measuring the whitening");
        output.Dispose();
        time.Advance(10);
        time.Advance(10);
        Assert.Empty(Lines);
    }

    [Fact]
    public void A_line_of_the_work_itself_puts_it_off()
    {
        terminal.Now("features");
        for (var i = 0; i < 10; i++)
        {
            time.Advance(7);
            terminal.Line($"row {i}");
        }
        Assert.Equal(10, Lines.Length);
        time.Advance(9.9);
        Assert.Equal(10, Lines.Length);
        time.Advance(0.1);
        Assert.Equal("features, 80 s".Replace("80 s", "1 min 20 s", StringComparison.Ordinal), Lines[^1]);
    }

    [Fact]
    public void Work_that_tells_how_far_it_is_is_said_as_it_is_then()
    {
        ProgressBar.Show(terminal, show =>
        {
            for (var done = 0; done < 3000; done += 100)
            {
                show("reading photos", done, 3000);
                time.Advance(1);
            }
            return 0;
        });
        Assert.Equal(["reading photos: 900 of 3,000, 30 %", "reading photos: 1,900 of 3,000, 63 %", "reading photos: 2,900 of 3,000, 97 %"],
            Lines);
    }

    [Fact]
    public void A_pretraining_says_its_parts_then_its_newest_step()
    {
        static Foresee.Training.StepRecord Step(long step) => new(step, 100, 0.1, step * 32, 2, 3, null, null, [], 1e-3, 1, 50, step, 0);
        new ProgressView(terminal).Show<object?>((show, doing) =>
        {
            doing("drawing the augmentation");
            time.Advance(12);
            doing("step 1 of 100");
            time.Advance(10);
            show(Step(10));
            time.Advance(5);
            show(Step(20));
            doing("step 21 of 100");
            time.Advance(5);
            doing("step 22 of 100");
            time.Advance(10);
            return null;
        });
        Assert.Equal(["drawing the augmentation, 10 s", "step 1 of 100, 8 s", "step 10/100", "step 20/100", "step 22 of 100, 10 s"],
            Lines.Select(line => line.Split("  ")[0]));
    }

    /// <summary>A clock that stands still until it is set, and then calls what was due.</summary>
    private sealed class HandSetTime : TimeProvider
    {
        private readonly List<HandSetTimer> timers = [];
        private long now;

        public override long TimestampFrequency => 1000;
        public override long GetTimestamp() => now;

        public void Advance(double seconds)
        {
            for (var until = now + (long)Math.Round(1000 * seconds); now < until;)
            {
                now++;
                foreach (var timer in timers.Where(timer => timer.Due == now).ToList()) timer.Call();
            }
        }

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            var timer = new HandSetTimer(this, () => callback(state));
            timer.Change(dueTime, period);
            timers.Add(timer);
            return timer;
        }

        private sealed class HandSetTimer(HandSetTime clock, Action call) : ITimer
        {
            public long? Due { get; private set; }

            public void Call()
            {
                Due = null;
                call();
            }

            public bool Change(TimeSpan dueTime, TimeSpan period)
            {
                Due = dueTime == Timeout.InfiniteTimeSpan ? null : clock.now + (long)dueTime.TotalMilliseconds;
                return true;
            }

            public void Dispose() => clock.timers.Remove(this);

            public ValueTask DisposeAsync()
            {
                Dispose();
                return ValueTask.CompletedTask;
            }
        }
    }
}
