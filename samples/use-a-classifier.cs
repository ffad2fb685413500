#:project ../src/Foresee/Foresee.csproj
using Foresee.Encoders;
using Foresee.Evaluation;
using Foresee.Images;
using Foresee.Labels;
using Foresee.Torch;

// Tells the class of new images: a linear classifier on a pretrained encoder, made from all labels there are. On the fabrics 5 s on 2
// cores:
// 100 % of the 80 new images.
//
//   dotnet run -c Release samples/use-a-classifier.cs                                the fabrics and the run of pretrain-a-folder.cs
//   dotnet run -c Release samples/use-a-classifier.cs -- LABELLED NEW-IMAGES RUN     your own

var (labelled, unknown, run) = args is [var a, var b, var c, ..]
    ? (a, b, c)
    : ("runs/samples/fabrics", "runs/samples/fabrics/test", "runs/samples/run");
using var scope = TensorScope.Begin();
using var encoder = TrainedEncoder.Load(run, Device.Cpu);
var known = LabelledSources.Open(labelled).Train.Readable(encoder.Input);
var images = new ReadableImages(ImageSources.Open(unknown), encoder.Input);

var vectors = Vectors(known.Images);                                         // [N, K]
using var scaling = FeatureScaling.Fit(vectors, new FeatureScalingOptions());
using var classifier = LinearProbe.Fit(scaling.Apply(vectors), known.Labels, known.Classes.Length, new LinearProbeOptions());
var classes = classifier.Predict(scaling.Apply(Vectors(images)));

var right = 0;
for (var i = 0; i < images.Count; i++)
{
    var (file, found) = (images.Describe(i), known.Classes[classes[i]]);
    if (Path.GetFileName(Path.GetDirectoryName(file)) == found) right++;
    if (i % 10 == 0 || args.Length > 0) Console.WriteLine($"{found,-8} {file}");
}
foreach (var skipped in images.Skipped) Console.WriteLine($"unreadable {skipped.File}: {skipped.Reason}");
if (args.Length == 0) Console.WriteLine($"{100.0 * right / images.Count:0} % lie in the folder of their class");

Tensor Vectors(IImageSource source)
{
    int[] all = [.. Enumerable.Range(0, source.Count)];
    using var table = FeatureTable.Compute(encoder.Features, source, all, encoder.Input, [new(GridPooling.Three)],
        Environment.ProcessorCount)[0];
    return table.Values.Clone();
}
