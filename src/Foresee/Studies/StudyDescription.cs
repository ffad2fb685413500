using Foresee.Reports;
using Foresee.Torch;
using Foresee.Training;

namespace Foresee.Studies;

/// <summary>What all starts of a comparison have in common; a folder holds one such.</summary>
internal sealed record StudyOptions(string Recipe, Budget Budget, int Seed);

/// <summary>Writes and checks compare.json.</summary>
internal static class StudyDescription
{
    /// <exception cref="InvalidDataException">The folder holds a comparison under another recipe, budget or seed, or of other
    /// images.</exception>
    public static RunDescription Begin(StartStudyPlan plan, StudyContext context, CancellationToken cancel)
    {
        var path = context.In(StartStudy.FileName);
        var now = Describe(plan, context, cancel);
        if (File.Exists(path))
        {
            var then = RunDescription.Read(path);
            var (old, asked) = (then.ReadOptions<StudyOptions>(), now.ReadOptions<StudyOptions>());
            if (old != asked)
                throw new InvalidDataException($"{context.Folder} holds a comparison with {InWords(old)}, and {InWords(asked)} is asked for; "
                    + "starts are compared under one budget and one seed: ask for the same, or choose another --out.");
            if (then.Data.Hash != now.Data.Hash)
                throw new InvalidDataException($"{context.Folder} holds a comparison on other images of {then.Data.Name} "
                    + $"({then.Data.Images} images then, {now.Data.Images} now); bring those back, or choose another --out.");
            now = now with { Started = then.Started };
        }
        now.Write(path);
        return now;
    }

    private static string InWords(StudyOptions options) =>
        FormattableString.Invariant($"the recipe {options.Recipe}, {Length(options.Budget)} and seed {options.Seed}");

    private static string Length(Budget budget) => FormattableString.Invariant(
        budget.Minutes is { } minutes ? (FormattableString)$"{minutes} minutes" : $"{budget.Images} images");

    private static RunDescription Describe(StartStudyPlan plan, StudyContext context, CancellationToken cancel) => new()
    {
        Command = context.Command,
        Recipe = plan.Recipe.Name,
        Options = RunDescription.OptionsOf(new StudyOptions(plan.Recipe.Name, plan.Budget, plan.Seed)),
        Seeds = new Dictionary<string, long> { ["pretraining"] = plan.Seed },
        Data = new(context.Images.Name, context.Images.Hash(cancel), context.Images.Count),
        Commit = context.Commit,
        Versions = SoftwareVersions.Current(Engine.Version, context.Blas),
        Machine = Machine.Read(),
        Started = DateTimeOffset.Now,
    };
}
