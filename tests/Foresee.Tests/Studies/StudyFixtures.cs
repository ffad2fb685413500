using Foresee.Torch;
using Foresee.Torch.Files;

namespace Foresee.Tests.Studies;

/// <summary>What NumPy computed from the formulas (make_study_fixtures.py), Float64.</summary>
internal sealed class StudyFixtures : IDisposable
{
    private readonly SafetensorsContent file = Safetensors.Read(Path.Combine(AppContext.BaseDirectory, "fixtures", "studies.safetensors"));

    public Tensor this[string name] => file.Tensors[name];

    public double Number(string name) => this[name].ToArray<double>().Single();

    public int[] Labels(string name) => Array.ConvertAll(this[name].ToArray<double>(), label => (int)label);

    /// <summary>The largest difference of two tensors.</summary>
    public static double Difference(Tensor a, Tensor b) => (a - b).Abs().Max().ToDouble();

    public void Dispose() => file.Dispose();
}
