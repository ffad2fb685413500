using Foresee.Training;

namespace Foresee.Cli.Tests;

public sealed class SmallBudgetTests
{
    private static TrainingOptions With(Budget budget) => new() { Budget = budget, BatchSize = 32, WarmUpSteps = 100 };

    [Fact]
    public void A_minute_for_many_images_is_told_with_its_figures_and_what_would_do()
    {
        var budget = new SmallBudget(With(new(Minutes: 1)), 60_000);
        Assert.Null(budget.Warning());      // nobody knows how fast it is
        Assert.Null(budget.Warning(0, 1));
        Assert.Equal("the budget is 90 steps of 32 images: 0.048 passes over 60,000 images, so 57,120 are never seen, and no more than the 100 "
            + "steps in which the learning rate warms up; little is learnt. Start a new run with --minutes 21 or more (1,875 steps).",
            budget.Warning(90, 0.66));
        Assert.Null(budget.Warning(91, 0.66)); // once
    }

    [Fact]
    public void Images_and_epochs_are_told_before_the_first_step_in_their_own_unit()
    {
        Assert.Contains("the budget is 10 steps of 32 images: no more than the 100 steps in which the learning rate warms up",
            new SmallBudget(With(new(Images: 320)), 60).Warning(), StringComparison.Ordinal);
        Assert.EndsWith("Start a new run with --images 32000 or more (1,000 steps).", new SmallBudget(With(new(Images: 320)), 60).Warning(),
            StringComparison.Ordinal);
        Assert.Contains("0.5 passes over 60,000 images, so 29,984 are never seen; little is learnt. Start a new run with --epochs 1 or more",
            new SmallBudget(With(new(Epochs: 0.5)), 60_000).Warning(), StringComparison.Ordinal);
        Assert.Null(new SmallBudget(With(new(Epochs: 1)), 60_000).Warning());
        Assert.Null(new SmallBudget(With(new(Minutes: 1)), 1_000).Warning(101, 0.5));
    }
}
