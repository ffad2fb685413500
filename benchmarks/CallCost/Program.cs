// What one bridged call costs: the sum of two one-element tensors.   dotnet run -c Release --project benchmarks/CallCost
// Beside it, the same from Python: /usr/bin/python3 benchmarks/CallCost/call_cost.py
using Foresee.Torch;
using Foresee.Torch.Layers;
using Foresee.Torch.Optimisers;

const int Calls = 200_000, Rounds = 15;
Engine.Threads = 1;
using var a = Tensor.Ones([1]);
using var b = Tensor.Ones([1]);

Report("a + b, disposed at once", () =>
{
    for (var i = 0; i < Calls; i++) (a + b).Dispose();
});
Report("a + b, a scope of 100", () =>
{
    for (var i = 0; i < Calls / 100; i++)
    {
        using var scope = TensorScope.Begin();
        for (var j = 0; j < 100; j++) _ = a + b;
    }
});
Report("a += b, in place", () =>
{
    for (var i = 0; i < Calls; i++) a.Add_(b);
});
using (Autograd.Inference())
    Report("a + b, inference mode", () =>
    {
        for (var i = 0; i < Calls; i++) (a + b).Dispose();
    });

// One step over 150 parameters of 4,096 elements: 0.6 million weights, most of its cost is calls.
var parameters = Enumerable.Range(0, 150).Select(i => new NamedTensor($"{i}", Tensor.Ones([64, 64]))).ToArray();
foreach (var parameter in parameters)
{
    parameter.Value.RequiresGrad = true;
    parameter.Value.Grad = Tensor.Ones([64, 64]);
}
using var adam = new Adam(parameters, 1e-3);
Report("Adam, 150 parameters", () =>
{
    for (var i = 0; i < 100; i++) adam.Step();
}, 100);

static void Report(string what, Action work, int calls = Calls)
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
    Console.WriteLine($"C#      {what,-28} best {times[0],6:F0} ns, median {times[Rounds / 2],6:F0} ns a call");
}
