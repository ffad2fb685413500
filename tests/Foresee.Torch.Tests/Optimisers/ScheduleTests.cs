using Foresee.Torch.Optimisers;

namespace Foresee.Torch.Tests.Optimisers;

public sealed class ScheduleTests
{
    private static readonly Dictionary<string, ISchedule> Cases = new()
    {
        ["constant"] = new Constant(0.2),
        ["step_decay"] = new StepDecay(0.2, 4, 0.3),
        ["warm_up_cosine"] = new WarmUpCosine(0.3, 5, 25, 0.01),
        ["one_cycle"] = new OneCycle(0.4, 50),
        ["one_cycle_short"] = new OneCycle(0.01, 17, Warm: 0.25, Division: 10, FinalDivision: 100),
    };

    public static TheoryData<string> Names => [.. Cases.Keys];

    [Theory, MemberData(nameof(Names))]
    public void Every_rate_equals_PyTorchs(string name)
    {
        using var fixture = Fixtures.Open("schedules");
        var expected = fixture.Tensors[name].ToArray<double>();
        for (var step = 0; step < expected.Length; step++) Assert.Equal(expected[step], Cases[name].At(step), 1e-9);
    }

    [Fact]
    public void After_their_end_schedules_stay_at_the_last_rate()
    {
        Assert.Equal(0.01, Cases["warm_up_cosine"].At(1000), 1e-12);
        Assert.Equal(0.4 / 25 / 1e4, Cases["one_cycle"].At(1000), 1e-12);
    }
}
