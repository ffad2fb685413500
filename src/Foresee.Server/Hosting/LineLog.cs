namespace Foresee.Server.Hosting;

/// <summary>Warnings and faults as lines; of a fault its place, too.</summary>
internal sealed class LineLog(Action<string> tell) : ILoggerProvider, ILogger
{
    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception,
        Func<TState, Exception?, string> formatter)
    {
        if (IsEnabled(logLevel)) tell(exception is null ? formatter(state, null) : $"{formatter(state, null)}: {exception}");
    }

    public void Dispose() { }
}
