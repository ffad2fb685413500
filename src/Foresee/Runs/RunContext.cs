using Foresee.Evaluation;
using Foresee.Images;
using Foresee.Methods;
using Foresee.Torch;
using Foresee.Training;

namespace Foresee.Runs;

/// <summary>Where and on what a pretraining runs.</summary>
/// <param name="Folder">Receives run.json, metrics.jsonl, checkpoint.safetensors, encoder.safetensors, three pictures, and
/// unreadable.csv where images could not be read.</param>
/// <param name="Threads">Of a run whose options name none.</param>
/// <param name="Command">As typed, for the record.</param>
/// <param name="Commit">Of the program, or null.</param>
/// <param name="Blas">Name of the BLAS in use, for the record.</param>
public sealed record RunContext(IImageSource Images, string Folder, Device Device, int Threads, string Command, string? Commit, string Blas)
{
    /// <summary>Labelled images that tell now and then how useful the encoder has become; they never touch the loss.</summary>
    public OnlineProbe? Probe { get; init; }

    /// <summary>This process's part of the training; all of it where there is one process.</summary>
    public BatchShare Share { get; init; } = BatchShare.Whole;

    /// <summary>Told what is being done, at each part and each step, for whoever waits.</summary>
    public Action<string>? Doing { get; init; }

    internal string In(string file) => Path.Combine(Folder, file);
}

/// <param name="Finished">False when it was cancelled: the checkpoint waits for --resume.</param>
/// <param name="Seconds">Of training, over all resumed parts.</param>
/// <param name="Last">The last logged step; null when there was none.</param>
/// <param name="Skipped">Images that could not be read.</param>
/// <param name="SixteenBit">Images read that have 16 bits per channel in their file, of which 8 are used.</param>
/// <param name="Window">How those became 8 bits.</param>
public sealed record PretrainResult(
    bool Finished, long Step, double Seconds, StepRecord? Last, IReadOnlyList<SkippedImage> Skipped, int SixteenBit, LevelWindow Window)
{
    /// <summary>What a probe or a picture failed at, each once; training went on.</summary>
    public IReadOnlyList<string> Failed { get; init; } = [];

    /// <inheritdoc cref="ImageLoader.WithMorePictures"/>
    public int WithMorePictures { get; init; }
}
