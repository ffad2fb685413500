// What one bridged call costs: the sum of two one-element tensors.   dotnet run -c Release --project benchmarks/CallCost
// Beside it, the same from Python: /usr/bin/python3 benchmarks/CallCost/call_cost.py
using Foresee.Torch;

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

static void Report(string what, Action work)
{
    work(); // compiles it
    var times = new double[Rounds];
    for (var round = 0; round < Rounds; round++)
    {
        var start = Environment.CpuUsage.TotalTime; // processor time: what else runs on the machine doesn't count
        work();
        times[round] = (Environment.CpuUsage.TotalTime - start).TotalNanoseconds / Calls;
    }
    Array.Sort(times);
    Console.WriteLine($"C#      {what,-28} best {times[0],6:F0} ns, median {times[Rounds / 2],6:F0} ns a call");
}
