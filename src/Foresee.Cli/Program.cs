using System.Runtime.InteropServices;
using Foresee.Cli;

const PosixSignal fileTooLarge = (PosixSignal)25; // SIGXFSZ would end the process without a word; ignored, the write fails with EFBIG
ParentWatch.Begin();
using var ignored = PosixSignalRegistration.Create(fileTooLarge, signal => signal.Cancel = true);
var terminal = Terminal.OfProcess();
Fault.CatchAll(terminal);
return CommandLine.Run(args, terminal);
