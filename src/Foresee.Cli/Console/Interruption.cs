using System.Runtime.InteropServices;

namespace Foresee.Cli;

/// <summary>
/// Ctrl-C, a hang-up or a polite kill asks the run to stop at its next step and to save; the same a second time ends the program at once.
/// </summary>
internal sealed class Interruption : IDisposable
{
    private readonly CancellationTokenSource source = new();
    private readonly PosixSignalRegistration[] registrations;

    /// <param name="stopping">What is done before the end, as it is told.</param>
    public Interruption(Terminal terminal, string stopping = "stopping after this step") =>
        registrations = [.. new[] { PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGHUP }
            .Select(signal => PosixSignalRegistration.Create(signal, context =>
            {
                if (source.IsCancellationRequested) return; // the second time: the system's own way
                context.Cancel = true;
                source.Cancel(); // first: who reads the notice may count on it
                terminal.Notice($"{stopping}; once more stops at once");
            }))];

    public CancellationToken Token => source.Token;

    public void Dispose()
    {
        foreach (var registration in registrations) registration.Dispose();
        source.Dispose();
    }
}
