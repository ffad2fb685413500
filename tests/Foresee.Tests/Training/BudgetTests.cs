using Foresee.Training;

namespace Foresee.Tests.Training;

public sealed class BudgetTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("foresee-budget").FullName;

    private const double Minutes = 0.1, Seconds = 60 * Minutes;

    [Fact]
    public void A_budget_in_minutes_fixes_its_steps_from_the_first_ones()
    {
        var records = Train(_ => 0.02);
        var plan = records.First(record => record.Steps > 0);
        Assert.All(records.TakeWhile(record => record != plan), record => Assert.Equal(0, record.Steps));
        Assert.All(records.SkipWhile(record => record != plan), record => Assert.InRange(record.Step, 1, record.Steps));
        Assert.Equal(records[^1].Steps, records[^1].Step);
        Assert.Equal(Budget.SpeedSteps, plan.Step); // not from fewer steps, as long as no good part of the time is over
        Assert.InRange(records[^1].Seconds, 0.99 * Seconds, 1.01 * Seconds);
    }

    [Fact]
    public void A_slow_network_is_planned_for_before_its_time_is_over()
    {
        var records = Train(_ => 0.25); // 24 steps
        var plan = records.First(record => record.Steps > 0);
        Assert.InRange(plan.Seconds, 0.3 * Seconds, 0.4 * Seconds);
        Assert.True(plan.Step < Budget.SpeedSteps && plan.Steps > plan.Step);
        Assert.InRange(records[^1].Seconds, 0.95 * Seconds, 1.05 * Seconds);
    }

    [Fact]
    public void A_budget_in_minutes_is_planned_again_when_the_machine_slows_down()
    {
        var records = Train(seconds => seconds > 0.4 * Seconds ? 0.08 : 0.02);
        Assert.InRange(records[^1].Seconds, 0.8 * Seconds, 1.25 * Seconds); // by the first plan alone 2.8 times
        Assert.True(records[^1].Steps < records.First(record => record.Steps > 0).Steps);
    }

    [Fact]
    public void A_budget_in_minutes_is_used_up_when_the_machine_becomes_faster()
    {
        var records = Train(seconds => seconds < 0.32 * Seconds ? 0.2 : 0.02);
        Assert.InRange(records[^1].Seconds, 0.8 * Seconds, 1.25 * Seconds); // by the first plan alone about 0.4 times
        Assert.True(records[^1].Steps > records.First(record => record.Steps > 0).Steps);
    }

    /// <param name="step">How long a step takes that ends after so many seconds of training.</param>
    private List<StepRecord> Train(Func<double, double> step)
    {
        var (records, clock) = (new List<StepRecord>(), new Clock());
        var options = TrainingSetup.Options(1) with { Budget = new(Minutes: Minutes), WarmUpSteps = Budget.SpeedSteps };
        using var run = new TrainingSetup(folder, options, record =>
        {
            records.Add(record);
            clock.Advance(step(record.Seconds));
        }, threads: 1, time: clock);
        Assert.True(run.Trainer.Run(default));
        return records;
    }

    /// <summary>Time passes when the test says so, however fast the machine is.</summary>
    private sealed class Clock : TimeProvider
    {
        private long now;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;
        public override long GetTimestamp() => now;
        public void Advance(double seconds) => now += (long)(seconds * TimeSpan.TicksPerSecond);
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);
}
