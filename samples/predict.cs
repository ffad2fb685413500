#:project ../src/Foresee.Inference/Foresee.Inference.csproj
using Foresee.Inference;

// Tells the classes of new images by a fitted model. It needs ONNX Runtime alone: no libtorch, no Python, any system. On the fabrics 2 s
// on 2 cores: 99 % of the 80 new images, by the model of
//   ./foresee fit runs/samples/fabrics/train runs/samples/fabrics --starts runs/samples/run --without none,kmeans,imagenet-resnet18 \
//       --protocol linear --minutes 1 --out runs/samples/model
//
//   dotnet run -c Release samples/predict.cs                      the fabrics and that model
//   dotnet run -c Release samples/predict.cs -- MODEL FOLDER      your own

var (model, folder) = args is [var a, var b, ..] ? (a, b) : ("runs/samples/model", "runs/samples/fabrics/test");
using var classifier = Classifier.Load(model);
var files = Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal);
var (right, all) = (0, 0);
foreach (var (file, prediction, reason) in classifier.PredictAll(files))
{
    if (prediction?.Classes[0] is not var (name, probability)) Console.WriteLine($"{file}: {reason}");
    else
    {
        if (Path.GetFileName(Path.GetDirectoryName(file)) == name) right++;
        if (all++ % 10 == 0 || args.Length > 0)
            Console.WriteLine($"{file}: {name}, {100 * probability:0.0} %{(prediction.OutOfPlace == true ? ", out of place" : "")}");
    }
}
Console.WriteLine($"{100.0 * right / all:0} % lie in the folder of their class");
