using System.CommandLine;
using Foresee.Labels;

namespace Foresee.Cli;

/// <summary>foresee rank: which encoder suits some labelled images, in seconds and measured.</summary>
internal static class RankCommand
{
    public static Command Create(Terminal terminal)
    {
        var labelled = new Argument<string>("LABELLED") { Description = Describe.Labelled };
        var encoders = Dial.Names("--encoders", "runs, starts (start list) or files of weights, with commas between them");
        var output = new Option<string>("--out")
        {
            Description = "the folder that receives results.csv",
            HelpName = "folder",
            Required = true,
        };
        var labels = Dial.Amount("--labels", "how many labels the scores and the probe get: 50/class, 10% or all (default: all)");
        var stages = new Option<bool>("--stages") { Description = "each stage of each encoder that shows its stages, too" };
        var size = Dial.Whole("--size", "pixels that images are brought to (default: as each encoder was trained)", least: 8, most: 1024);
        var part = new PartOptions();
        var seed = Dial.Whole("--seed", "of the draw of labels (default: 0)", least: 0);
        var run = new RunOptions();
        var command = new Command("rank", "Ranks encoders for labelled images: by LogME, by H-score and by what a linear probe reaches")
        {
            labelled, encoders, output, labels, stages, size, part.Test, part.Validation, seed,
        };
        run.AddTo(command);
        command.SetAction(parsed =>
        {
            var request = new RankRequest(part.Read(parsed, parsed.GetValue(labelled)!, parsed.GetValue(labels)),
                parsed.GetValue(encoders)!, parsed.GetValue(output)!)
            {
                Stages = parsed.GetValue(stages),
                Size = parsed.GetValue(size),
                Seed = parsed.GetValue(seed) ?? 0,
                Threads = run.ThreadsOf(parsed),
                Json = parsed.GetValue(run.Json),
            };
            Named.Images(request.Data.Name, request.Data.Test);
            var data = request.Data.Open();
            OutputFolder.Prepare(request.Output);
            return Ranking.Run(terminal, request, data, run.Start(parsed));
        });
        return command;
    }
}

/// <summary>What rank was asked.</summary>
internal sealed record RankRequest(LabelledRequest Data, string[] Encoders, string Output)
{
    public bool Stages { get; init; }
    public int? Size { get; init; }
    public int Seed { get; init; }
    public int Threads { get; init; } = 1;
    public FileInfo? Json { get; init; }

    public LabelAmount Amount => Data.Labels[0];
}
