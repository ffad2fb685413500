using Foresee.Encoders;
using Foresee.Evaluation;
using Foresee.Images;
using Foresee.Methods;
using Foresee.Recipes;
using Foresee.Torch;
using Foresee.Torch.Layers;

namespace Foresee.Runs;

/// <summary>
/// Is it learning? The online probe and the pictures of a run. None of it takes part in training, so none of it can end a training: what
/// fails
/// is told once and left out.
/// </summary>
internal sealed class OnlineLooks(PretrainOptions options, RunContext context, TrainedEncoder encoder) : IDisposable
{
    private readonly OnlineProbe probe = context.Probe ?? new OnlineProbe(context.Images);
    private readonly NearestPatches nearest = new(options, context.Images);
    private readonly List<string> failed = [];

    /// <summary>What failed, each once.</summary>
    public IReadOnlyList<string> Failed => failed;

    /// <summary>The probe and the picture of the encoder as it is.</summary>
    public ProbeResult? Take()
    {
        Draw(PretrainPictures.NearestFile, encoder);
        return Try("the online probe", () => probe.Measure(encoder, Math.Max(1, options.Threads)));
    }

    public void DrawAugmentation()
    {
        if (!File.Exists(context.In(PretrainPictures.AugmentationFile)))
            Try("the picture of the augmentation", () => PretrainPictures.WriteAugmentation(options, context.Images, context.Folder));
    }

    /// <summary>Before it has learnt anything.</summary>
    public void DrawUntrained(Module network)
    {
        network.Train(false); // batch statistics are the training's
        Draw(PretrainPictures.UntrainedFile, encoder);
    }

    /// <summary>By the encoder that the run leaves behind, which may be an average.</summary>
    public void DrawTrained(IMethod method)
    {
        method.Network.Train(false);
        Try($"the picture {PretrainPictures.OutputsFile}", () =>
            PretrainPictures.WriteOutputs(options, method, context.Images, context.Folder));
        using var trained = TrainedEncoder.Load(context.Folder, context.Device);
        Draw(PretrainPictures.NearestFile, trained);
    }

    private void Draw(string file, TrainedEncoder seen)
    {
        Try($"the picture {file}", () => nearest.Write(seen, context.In(file)));
    }

    private void Try(string what, Action work) => Try<object?>(what, () =>
    {
        work();
        return null;
    });

    private T? Try<T>(string what, Func<T> work)
    {
        try
        {
            return work();
        }
        catch (Exception error) when (error is ImageDataException or IOException or UnauthorizedAccessException or TorchException)
        {
            var told = $"{what} could not be made: {error.Message}";
            if (!failed.Contains(told)) failed.Add(told);
            return default;
        }
    }

    public void Dispose() => nearest.Dispose();
}
