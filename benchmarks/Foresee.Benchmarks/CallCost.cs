using System.CommandLine;
using Foresee.Cli;
using Foresee.Torch;
using Foresee.Torch.Layers;
using Foresee.Torch.Optimisers;

namespace Foresee.Benchmarks;

/// <summary>
/// benchmarks/run call-cost: what one bridged call costs, the sum of two one-element tensors on one thread.
/// /usr/bin/python3 benchmarks/baseline/call_cost.py measures the same from Python.
/// </summary>
internal static class CallCost
{
    private const int Calls = 200_000, Rounds = 15;

    public static Command Command(Terminal terminal)
    {
        var command = new Command("call-cost", "Measures what one call of libtorch costs");
        command.SetAction(_ => Run(terminal));
        return command;
    }

    private static void Run(Terminal terminal)
    {
        Engine.Threads = 1;
        using var a = Tensor.Ones([1]);
        using var b = Tensor.Ones([1]);

        Report(terminal, "a + b, disposed at once", () => Sum(a, b));
        Report(terminal, "a + b, a scope of 100", () =>
        {
            for (var i = 0; i < Calls / 100; i++)
            {
                using var scope = TensorScope.Begin();
                for (var j = 0; j < 100; j++) _ = a + b;
            }
        });
        Report(terminal, "a += b, in place", () =>
        {
            for (var i = 0; i < Calls; i++) a.Add_(b);
        });
        using (Autograd.Inference()) Report(terminal, "a + b, inference mode", () => Sum(a, b));

        using var adam = new Adam(Parameters(), 1e-3);
        Report(terminal, "Adam, 150 parameters", () =>
        {
            for (var i = 0; i < 100; i++) adam.Step();
        }, 100);
    }

    private static void Sum(Tensor a, Tensor b)
    {
        for (var i = 0; i < Calls; i++) (a + b).Dispose();
    }

    /// <summary>150 parameters of 4,096 elements: 0.6 million weights, most of the cost of a step is calls.</summary>
    private static NamedTensor[] Parameters()
    {
        var parameters = Enumerable.Range(0, 150).Select(i => new NamedTensor($"{i}", Tensor.Ones([64, 64]))).ToArray();
        foreach (var parameter in parameters)
        {
            parameter.Value.RequiresGrad = true;
            parameter.Value.Grad = Tensor.Ones([64, 64]);
        }
        return parameters;
    }

    private static void Report(Terminal terminal, string what, Action work, int calls = Calls)
    {
        work(); // compiles it
        var times = new double[Rounds];
        for (var round = 0; round < Rounds; round++)
        {
            var start = Environment.CpuUsage.TotalTime; // processor time: what else runs on the machine doesn't count
            work();
            times[round] = (Environment.CpuUsage.TotalTime - start).TotalNanoseconds / calls;
        }
        Array.Sort(times);
        terminal.Line($"C#      {what,-28} best {times[0],6:F0} ns, median {times[Rounds / 2],6:F0} ns a call");
    }
}
