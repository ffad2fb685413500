using Foresee.Cli;

return CommandLine.Run(args, Terminal.OfProcess());
