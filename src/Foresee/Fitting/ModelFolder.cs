using Foresee.Export;
using Foresee.Images;
using Foresee.Inference;
using Foresee.Reports;
using Foresee.Torch.Files;

namespace Foresee.Fitting;

/// <summary>
/// The folder of a model: model.onnx with all that a prediction needs, model.json, classifier.json with weights.safetensors, report.html
/// and thumbnails/, where each model has a folder of its own. Each file is whole or not there, and model.onnx alone is a model: a program
/// that is killed leaves the old one, or the new one, with its own pictures.
/// </summary>
public sealed class ModelFolder : IModelWriter
{
    private const int MostThumbnails = 2000;

    public void Write(FitResult model, FitContext context)
    {
        var description = Describe(model, context);
        Save(model, context);
        Draw(model, description, context);
        ModelExport.Write(model.Classifier, description, new ModelReferences(model.References.Features, model.References.Labels),
            Path.Combine(context.Folder, ModelDescription.ModelFile));
        AtomicFile.Write(Path.Combine(context.Folder, ModelDescription.FileName), description.ToJson());
        RemoveOthers(description, context);
        FitReport.Write(model, description, context);
    }

    /// <summary>Into work/ first: the two files of a classifier belong together, and are moved when both are whole.</summary>
    private static void Save(FitResult model, FitContext context)
    {
        var aside = context.Work("classifier");
        model.Classifier.Save(aside);
        foreach (var file in Directory.GetFiles(aside))
            File.Move(file, Path.Combine(context.Folder, Path.GetFileName(file)), overwrite: true);
        Directory.Delete(aside, recursive: true);
    }

    public static ModelDescription Describe(FitResult model, FitContext context)
    {
        var references = model.References;
        var conformal = model.Held?.ConformalScores() ?? [];
        return ModelExport.Describe(model.Classifier) with
        {
            Temperature = model.Temperature,
            Novelty = references.Threshold is { } threshold ? new(Novelty.Neighbours, threshold, Novelty.Specificity) : null,
            Conformal = conformal.Length > 0 ? new(conformal) : null,
            Accuracy = model.Accuracy is { } share ? new(share.Mean, share.Low, share.High, model.Held!.Labels.Length, model.How) : null,
            Start = model.Chosen.Start,
            Command = context.Command,
            Machine = Machine.Read().ToString(),
            Seconds = model.Seconds,
            References = references.Names,
            Tried = [.. model.Standings.Select(Tried), .. model.LeftOut.Select(left => new TriedCandidate(left.Start, left.Protocol ?? "",
                null, null, null, 0, left.Reason))],
        };
    }

    private static TriedCandidate Tried(Standing standing) => new(standing.Candidate.Start, standing.Candidate.Protocol.Name,
        standing.Accuracy?.Mean, standing.Accuracy?.Low, standing.Accuracy?.High, standing.Seconds, null);

    /// <summary>Pictures of the labelled references, which come first; one that can't be read is left out.</summary>
    private static void Draw(FitResult model, ModelDescription description, FitContext context)
    {
        var (aside, place) = (context.Work(ModelDescription.Thumbnails), Path.Combine(context.Folder, description.ThumbnailFolder()));
        if (Directory.Exists(aside)) Directory.Delete(aside, recursive: true);
        Directory.CreateDirectory(aside);
        for (var i = 0; i < model.References.Labels.Length && i < MostThumbnails && model.References.Labels[i] >= 0; i++)
            if (model.References.Picture(i) is { } image)
                File.WriteAllBytes(Path.Combine(aside, FormattableString.Invariant($"{i}.jpg")), Thumbnail.Jpeg(image));
        if (Directory.Exists(place)) Directory.Delete(place, recursive: true);
        Directory.CreateDirectory(Path.GetDirectoryName(place)!);
        Directory.Move(aside, place);
    }

    /// <summary>Pictures of models before this one.</summary>
    private static void RemoveOthers(ModelDescription description, FitContext context)
    {
        var all = Path.Combine(context.Folder, ModelDescription.Thumbnails);
        foreach (var file in Directory.GetFiles(all)) File.Delete(file);
        foreach (var other in Directory.GetDirectories(all))
            if (Path.GetFileName(other) != Path.GetFileName(description.ThumbnailFolder())) Directory.Delete(other, recursive: true);
    }
}
