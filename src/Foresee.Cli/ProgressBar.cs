using Spectre.Console;

namespace Foresee.Cli;

/// <summary>A bar for work that tells how far it is; only on a terminal, and gone when the work is done.</summary>
internal static class ProgressBar
{
    /// <summary>Shows what is done of how much, under the name of the work that is just being done.</summary>
    public delegate void Report(string work, double done, double of);

    /// <param name="columns">Further columns behind work, bar and percentage.</param>
    public static T Show<T>(Terminal terminal, Func<Report, T> work, params ReadOnlySpan<ProgressColumn> columns)
    {
        var progress = terminal.Console.Progress().AutoClear(true)
            .Columns([new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn { Width = 30 },
                new PercentageColumn(), .. columns]);
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
}
