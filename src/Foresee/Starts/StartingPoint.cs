using System.Security.Cryptography;
using Foresee.Encoders;
using Foresee.Images;
using Foresee.Torch;

namespace Foresee.Starts;

/// <summary>Weights that a pretraining begins with, in place of random ones.</summary>
/// <param name="Name">Of a start, a run's recipe, or a file.</param>
/// <param name="Path">A folder with encoder.safetensors, or a file.</param>
/// <param name="Sha256">Of the file, in hex.</param>
/// <param name="TrainedOn">What it was trained on, where that is known: a run that goes on from labels has seen labels.</param>
public sealed record StartingPoint(string Name, string Path, string Sha256, string? TrainedOn = null)
{
    private const double SpreadOfPhotographs = 0.226; // standard deviation of ImageNet's pixels, of 0 to 1
    private const string First = "conv1.weight";

    /// <exception cref="FileNotFoundException">There is no encoder at that path.</exception>
    public static StartingPoint At(string name, string path, string? trainedOn = null)
    {
        var file = FileOf(path);
        if (!File.Exists(file)) throw new FileNotFoundException($"No trained encoder at {path}; name a start, a run or a file.", path);
        return new(name, path, Sum(file), trainedOn);
    }

    /// <exception cref="InvalidDataException">The file is another one than when the run began, or no encoder.</exception>
    public Encoder Read()
    {
        var sum = Sum(FileOf(Path));
        return sum == Sha256 ? EncoderFile.Read(Path) : throw new InvalidDataException(
            $"{Path} has the SHA-256 sum {sum}, and the run is to start from one of {Sha256}; bring that back, or start a new run.");
    }

    /// <summary>
    /// How images reach the network: normalised as its weights know it, brought to <paramref name="side"/>. Grey images are repeated
    /// over three channels; other channels than the weights know are brought to zero mean and to the spread of photographs.
    /// </summary>
    /// <param name="own">Of the images, with their mean and standard deviation.</param>
    public static InputFormat Input(Encoder start, InputFormat own, int side)
    {
        var known = start.Input;
        var input = known with { Height = side, Width = side, Margin = 0, Window = own.Window, Small = SmallImages.Enlarge };
        if (own.Channels == known.Channels || own.Channels == 1 && known.Channels == 3) return input;
        var scale = known.Std.DefaultIfEmpty(1).Average() / SpreadOfPhotographs;
        return input with { Channels = own.Channels, Mean = own.Mean, Std = [.. own.Std.Select(std => std * scale)] };
    }

    /// <summary>
    /// The weights for so many channels: the first convolution's are averaged over those it knows, and scaled so that its sums keep their
    /// size.
    /// </summary>
    /// <exception cref="ArgumentException">The network has no such convolution.</exception>
    public static IReadOnlyDictionary<string, Tensor> Weights(Encoder start, int channels)
    {
        var state = start.State().ToDictionary(tensor => tensor.Name, tensor => tensor.Value);
        if (channels == start.Input.Channels) return state;
        if (!state.TryGetValue(First, out var first))
            throw new ArgumentException($"The start sees {start.Input.Channels} channels, and the images have {channels}; name a start "
                + "of as many channels, or a ResNet, whose first convolution is brought to them.");
        using var noGrad = Autograd.NoGrad();
        var known = first.Size(1);
        state[First] = (first.Mean([1], keep: true) * ((double)known / channels)).Expand(-1, channels, -1, -1);   // [D, channels, k, k]
        return state;
    }

    private static string FileOf(string path) => Directory.Exists(path) ? System.IO.Path.Combine(path, EncoderFile.FileName) : path;

    private static string Sum(string path)
    {
        using var stream = File.OpenRead(path);
        return Convert.ToHexStringLower(SHA256.HashData(stream));
    }
}
