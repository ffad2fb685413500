namespace Foresee.Torch.Optimisers;

/// <summary>The learning rate of each step, counted from 0.</summary>
public interface ISchedule
{
    double At(long step);
}

public sealed record Constant(double Rate) : ISchedule
{
    public double At(long step) => Rate;
}

/// <summary>Rate · factor^⌊step / every⌋</summary>
public sealed record StepDecay(double Rate, long Every, double Factor) : ISchedule
{
    public double At(long step) => Rate * Math.Pow(Factor, step / Every);
}

/// <summary>
/// Rate · (step+1)/warm-up while warming up, then final + (rate - final) · (1 + cos π t)/2 with t from 0 to 1 at the last step's end.
/// </summary>
public sealed record WarmUpCosine(double Rate, long WarmUpSteps, long TotalSteps, double FinalRate = 0) : ISchedule
{
    public double At(long step)
    {
        if (step < WarmUpSteps) return Rate * (step + 1) / WarmUpSteps;
        var t = Math.Min(1, (step - WarmUpSteps) / (double)Math.Max(1, TotalSteps - WarmUpSteps));
        return FinalRate + (Rate - FinalRate) * (1 + Math.Cos(Math.PI * t)) / 2;
    }
}

/// <summary>
/// One cycle (Smith and Topin 2018), step for step as torch.optim.lr_scheduler.OneCycleLR with two phases and cosine annealing:
/// from rate/division up to rate over the first <c>Warm</c> share of the steps, then down to rate/(division · finalDivision).
/// </summary>
public sealed record OneCycle(double Rate, long TotalSteps, double Warm = 0.3, double Division = 25, double FinalDivision = 1e4) : ISchedule
{
    public double At(long step)
    {
        var (start, top, last) = (Rate / Division, Warm * TotalSteps - 1, TotalSteps - 1.0);
        if (step <= top) return Cosine(start, Rate, step / top);
        return Cosine(Rate, start / FinalDivision, (Math.Min(step, last) - top) / (last - top));
    }

    private static double Cosine(double from, double to, double share) => to + (from - to) / 2 * (1 + Math.Cos(Math.PI * share));
}
