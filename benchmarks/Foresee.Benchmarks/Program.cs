using Foresee.Benchmarks;
using Foresee.Cli;

var terminal = Terminal.OfProcess();
return CommandLine.Run(BenchmarksCommand.Create(terminal), args, terminal);
