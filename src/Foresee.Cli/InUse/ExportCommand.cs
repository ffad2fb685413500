using System.CommandLine;

namespace Foresee.Cli;

/// <summary>foresee export: a classifier as one ONNX file, or an encoder's weights for PyTorch.</summary>
internal static class ExportCommand
{
    private const string Int8 = "int8";

    public static Command Create(Terminal terminal)
    {
        var what = new Argument<string>("MODEL")
        {
            Description = "the folder of a fitted model or of a saved classifier; for weights also a run, a start (start list) or a file of "
                + "weights",
        };
        var output = new Option<FileInfo>("--out")
        {
            Description = "FILE.onnx receives all that a prediction needs; FILE.safetensors the encoder's weights, a ResNet's under "
                + "torchvision's names",
            HelpName = "file",
            Required = true,
        };
        var quantise = new Option<string?>("--quantise")
        {
            Description = "int8: convolutions multiply bytes, quicker where the processor can; needs --images",
            HelpName = Int8,
        };
        var images = new Option<string?>("--images")
        {
            Description = "images like those to be classified, 100 or more: half of them, up to 300, give the ranges of the bytes, the others "
                + "show what is lost and won",
            HelpName = "folder",
        };
        var options = new RunOptions();
        var command = new Command("export", "Writes a classifier as one ONNX file, or an encoder's weights for PyTorch")
        {
            what, output, quantise, images,
        };
        options.AddTo(command);
        command.SetAction(parsed =>
        {
            var (named, file) = (parsed.GetValue(what)!, parsed.GetValue(output)!);
            var (kind, pool) = (parsed.GetValue(quantise), parsed.GetValue(images));
            if (OutputFolder.IsDevice(file) || !Exporting.IsWeights(file) && !Exporting.IsModel(file))
                throw new UsageException($"--out tells the kind of file by its ending, .onnx or .safetensors; got {file}.");
            if (kind is not (null or Int8)) throw new UsageException($"--quantise takes {Int8}, got '{kind}'.");
            if (Exporting.IsWeights(file) && (kind ?? pool) is not null)
                throw new UsageException("Weights are written as they are; leave --quantise and --images out, or name a file that ends in "
                    + ".onnx.");
            if (kind is null != pool is null)
                throw new UsageException("--quantise and --images belong together: the ranges of the bytes are measured on images.");
            Named.Images(pool);
            OutputFolder.PrepareFor(file);
            var device = options.Start(parsed);
            using var interruption = new Interruption(terminal);
            var exporting = new Exporting(terminal, named, file, options.ThreadsOf(parsed), interruption.Token);
            var made = Exporting.IsWeights(file) ? exporting.Weights(device) : exporting.Model(device, pool);
            JsonFile.Write(parsed.GetValue(options.Json), made);
            return ExitCode.Success;
        });
        return command;
    }
}

/// <summary>The fields of export --json; the last five where it was quantised.</summary>
internal sealed record ExportFields(string Model, string File, long Bytes)
{
    public long? BytesBefore { get; init; }
    public int? Images { get; init; }
    public double? Agreement { get; init; }
    public double? Milliseconds { get; init; }
    public double? MillisecondsBefore { get; init; }
}
