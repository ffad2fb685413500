using Foresee.Training;

namespace Foresee.Tests.Training;

public sealed class BudgetTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("foresee-budget").FullName;

    [Fact]
    public void A_budget_in_minutes_fixes_its_steps_from_the_first_ones()
    {
        var records = new List<StepRecord>();
        var options = TrainingSetup.Options(1) with { Budget = new(Minutes: 0.1), WarmUpSteps = Budget.SpeedSteps };
        using var run = new TrainingSetup(Sub("time"), options, records.Add);
        Assert.True(run.Trainer.Run(default));
        var plan = records.First(record => record.Steps > 0);
        Assert.All(records.TakeWhile(record => record != plan), record => Assert.Equal(0, record.Steps));
        Assert.All(records.SkipWhile(record => record != plan), record => Assert.InRange(record.Step, 1, record.Steps));
        Assert.Equal(records[^1].Steps, records[^1].Step);
        // Not from too few steps, unless a good part of the time is over.
        Assert.True(plan.Step >= Budget.SpeedSteps || plan.Seconds >= 0.3 * 6, $"planned at step {plan.Step}, after {plan.Seconds} s");
        Assert.True(plan.Steps > plan.Step);
    }

    [Fact]
    public void A_budget_in_minutes_is_planned_again_when_the_machine_slows_down()
    {
        const double seconds = 6;
        var records = new List<StepRecord>();
        var options = TrainingSetup.Options(1) with { Budget = new(Minutes: seconds / 60), WarmUpSteps = Budget.SpeedSteps };
        using var run = new TrainingSetup(Sub("slower"), options, record =>
        {
            records.Add(record);
            // each further step takes four times as long
            if (record.Seconds > 0.4 * seconds) Thread.Sleep((int)(3000 * (record.Seconds / record.Step)));
        });
        Assert.True(run.Trainer.Run(default));
        Assert.InRange(records[^1].Seconds, 0.8 * seconds, 1.25 * seconds); // by the first plan alone 2.8 times
        Assert.True(records[^1].Steps < records.First(record => record.Steps > 0).Steps);
    }

    [Fact]
    public void A_budget_in_minutes_is_used_up_when_the_machine_becomes_faster()
    {
        const double seconds = 6;
        var records = new List<StepRecord>();
        var options = TrainingSetup.Options(1) with { Budget = new(Minutes: seconds / 60), WarmUpSteps = Budget.SpeedSteps };
        using var run = new TrainingSetup(Sub("faster"), options, record =>
        {
            records.Add(record);
            if (record.Seconds < 0.32 * seconds) Thread.Sleep(100); // the first plan is made then, of a few slow steps
        });
        Assert.True(run.Trainer.Run(default));
        Assert.InRange(records[^1].Seconds, 0.8 * seconds, 1.25 * seconds); // by the first plan alone about 0.4 times
        Assert.True(records[^1].Steps > records.First(record => record.Steps > 0).Steps);
    }

    private string Sub(string name) => Directory.CreateDirectory(Path.Combine(folder, name)).FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);
}
