namespace Foresee.Inference;

/// <summary>A model.onnx in memory and what it says of itself.</summary>
internal sealed record ModelContent(string Path, byte[] File, ModelDescription Description, ModelReferences? References)
{
    /// <param name="path">A model's folder, or the file itself.</param>
    /// <exception cref="FileNotFoundException">There is none.</exception>
    /// <exception cref="InvalidDataException">It is damaged, or was not written by Foresee.</exception>
    public static ModelContent Read(string path)
    {
        var file = Find(path);
        if (new FileInfo(file).Length is var length && length > Array.MaxLength)
            throw new InvalidDataException($"{file} has {length} bytes, at most {Array.MaxLength} are read; is it a fitted model?");
        var content = System.IO.File.ReadAllBytes(file);
        var outline = Outline(file, content);
        if (!outline.Metadata.TryGetValue(ModelDescription.MetadataKey, out var json))
            throw new InvalidDataException($"{file} is an ONNX model, but none that Foresee fitted (its metadata have no "
                + $"'{ModelDescription.MetadataKey}'); name the folder that `foresee fit` wrote.");
        var description = ModelDescription.Parse(json, file);
        var references = outline.Metadata.TryGetValue(ModelDescription.ReferencesKey, out var text)
            ? ModelReferences.Parse(text, file) : null;
        if (Fault(description, references) is { } fault)
            throw new InvalidDataException($"{file}: {fault}; restore the model from a copy, or fit it again.");
        return new(file, content, description, references);
    }

    private static string Find(string path)
    {
        if (System.IO.File.Exists(path)) return path;
        var file = System.IO.Path.Combine(path, ModelDescription.ModelFile);
        if (System.IO.File.Exists(file)) return file;
        throw new FileNotFoundException(Directory.Exists(path)
            ? $"The folder {path} has no {ModelDescription.ModelFile}, so it holds no fitted model; name the folder that `foresee fit` wrote."
            : $"There is no model {path}; name the folder that `foresee fit` wrote, or its {ModelDescription.ModelFile}.", file);
    }

    private static OnnxOutline Outline(string path, byte[] content)
    {
        string fault;
        try
        {
            var outline = OnnxOutline.Read(content);
            if (outline is { HasGraph: true, HasExternalData: false }) return outline;
            fault = outline.HasGraph ? "some of its weights lie in other files, and a fitted model is one file" : "it is no ONNX model";
        }
        catch (InvalidDataException error)
        {
            fault = error.Message;
        }
        throw new InvalidDataException($"{path} can't be used: {fault}; restore it from a copy, or fit the model again.");
    }

    private static string? Fault(ModelDescription description, ModelReferences? references)
    {
        if (references is null)
            return description.Novelty is null ? null : "it has a rule for images out of place, but no reference images";
        if (references.Width != description.Features)
            return $"its reference images have {references.Width} features each, the model {description.Features}";
        if (references.Labels.FirstOrDefault(label => label < -1 || label >= description.Classes.Count, -1) is not -1 and var wrong)
            return $"a reference image is of class {wrong}, and there are {description.Classes.Count} classes";
        if (description.References.Count != 0 && description.References.Count != references.Count)
            return $"it has {references.Count} reference images and {description.References.Count} names for them";
        return description.Novelty is { } rule && rule.Neighbours > references.Count
            ? $"its rule for images out of place asks for {rule.Neighbours} neighbours, and there are {references.Count} reference images"
            : null;
    }
}
