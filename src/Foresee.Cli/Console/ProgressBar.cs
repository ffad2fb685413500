using System.Globalization;
using Spectre.Console;

namespace Foresee.Cli;

/// <summary>How far work is: a bar on a terminal, gone when the work is done; elsewhere a line now and then.</summary>
internal static class ProgressBar
{
    /// <summary>Shows what is done of how much, under the name of the work that is just being done.</summary>
    public delegate void Report(string work, double done, double of);

    /// <param name="columns">Further columns behind work, bar and percentage.</param>
    /// <param name="line">Off a terminal, what is said; null for the work and, where it has parts, how many of them are done.</param>
    public static T Show<T>(Terminal terminal, Func<Report, T> work, ProgressColumn[]? columns = null,
        Func<string, double, double, string>? line = null)
    {
        if (!terminal.Live) return work((name, done, of) => terminal.Show(() => (line ?? Line)(name, done, of)));
        var progress = terminal.Console.Progress().AutoClear(true)
            .Columns([new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn { Width = 30 },
                new PercentageColumn(), .. columns ?? []]);
        progress.RefreshRate = TimeSpan.FromMilliseconds(250); // each costs a little of what the processor has for the work
        return progress.Start(context =>
        {
            var task = context.AddTask("starting");
            return work((name, done, of) =>
            {
                task.Description = Markup.Escape(Shell.Escape(name));
                task.MaxValue = Math.Max(1, of);
                task.Value = done;
            });
        });
    }

    public static string Line(string work, double done, double of) =>
        of > 1 ? string.Create(CultureInfo.InvariantCulture, $"{work}: {done:N0} of {of:N0}, {100 * done / of:0} %") : work;
}
