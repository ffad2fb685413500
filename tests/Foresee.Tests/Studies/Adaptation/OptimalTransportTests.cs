using Foresee.Studies.Adaptation;
using Foresee.Torch;

namespace Foresee.Tests.Studies.Adaptation;

public sealed class OptimalTransportTests : IDisposable
{
    private readonly TensorScope scope = TensorScope.Begin();
    private readonly StudyFixtures fixtures = new();

    public void Dispose()
    {
        fixtures.Dispose();
        scope.Dispose();
    }

    private static readonly int[] labels = [0, 0, 0, 1, 1, 1, 1];

    [Theory]
    [InlineData("transport/plan", 0.05)]
    [InlineData("transport/sharp", 0.01)]
    public void Plan_is_what_numpy_computes_term_by_term(string name, double epsilon)
    {
        var solution = SinkhornPlan.Solve(fixtures["transport/cost"], epsilon, 20_000, 1e-13);
        Assert.InRange(StudyFixtures.Difference(fixtures[name], solution.Plan), 0, 1e-9);
    }

    /// <summary>As small an entropy as makes e^{-C/ε} 0 in Float64, and costs that take potentials far apart.</summary>
    [Theory]
    [InlineData(60, 40, 0.05, 1)]
    [InlineData(60, 40, 0.001, 1)]
    [InlineData(33, 90, 0.005, 1000)]
    public void Marginals_are_within_a_millionth(int n, int m, double epsilon, double scale)
    {
        using var generator = new Generator(3);
        var cost = OptimalTransport.SquaredDistances(Tensor.RandN([n, 2], generator).To(DType.Float64),
            Tensor.RandN([m, 2], generator).To(DType.Float64) * 3);
        cost = cost * scale / cost.Max().ToDouble();
        var solution = SinkhornPlan.Solve(cost, epsilon * scale, 200_000, 1e-8);
        double[] rows = solution.Plan.Sum(1).ToArray<double>(), columns = solution.Plan.Sum(0).ToArray<double>();
        Assert.All(rows, row => Assert.Equal(1.0 / n, row, 1e-6 / n));
        Assert.All(columns, column => Assert.Equal(1.0 / m, column, 1e-6 / m));
        Assert.InRange(solution.Error, 0, 1e-6);
        Assert.True(solution.Plan.Min().ToDouble() >= 0);
    }

    [Fact]
    public void Class_costs_are_the_tangent_of_the_root_of_each_class_mass()
    {
        var options = new TransportOptions(0.05, 0.1) { Iterations = 20_000, Tolerance = 1e-13 };
        var plan = OptimalTransport.Plan(fixtures["transport/cost"], labels, options).Plan;
        Assert.InRange(StudyFixtures.Difference(fixtures["transport/by-class"], plan), 0, 1e-9);
    }

    /// <summary>Numbers of Python Optimal Transport on the same points.</summary>
    [Theory]
    [InlineData(1, 0, 0.136659, 0.049222, 0.054685, 0.009435)]
    [InlineData(1, 0.5, 0.158294, 0.057204, 0.034494, 0.000008)]
    public void Plan_of_four_points_is_that_of_python_optimal_transport(double epsilon, double weight, params double[] first)
    {
        var (source, target) = (Points(0, 0, 1, 0, 0, 1, 1, 1), Points(2, 0, 3, 0, 2, 1, 3, 1.5));
        var options = new TransportOptions(epsilon, weight) { Tolerance = 1e-12 };
        var plan = OptimalTransport.Plan(OptimalTransport.SquaredDistances(source, target), [0, 0, 1, 1], options).Plan;
        var row = plan.Select(0, 0).ToArray<double>();
        for (var j = 0; j < 4; j++) Assert.Equal(first[j], row[j], 2e-6);
        if (weight != 0) return;
        var moved = (plan.MatMul(target) / plan.Sum(1, keep: true)).Select(0, 0).ToArray<double>();
        Assert.Equal((2.234626, 0.275346), (Math.Round(moved[0], 6), Math.Round(moved[1], 6)));
    }

    [Fact]
    public void Points_are_carried_to_the_mean_of_what_they_feed_and_others_move_as_their_nearest()
    {
        var (source, target) = (fixtures["transport/source"].To(DType.Float32), fixtures["transport/target"].To(DType.Float32));
        using var transport = OptimalTransport.Fit(source, labels, target, new(0.05, 0.1), 0);
        var moved = transport.Map(source);
        Assert.InRange(StudyFixtures.Difference(fixtures["transport/moved"], moved.To(DType.Float64)), 0, 1e-5);
        var near = source.Narrow(0, 2, 1) + 1e-3;
        Assert.InRange(StudyFixtures.Difference(moved.Narrow(0, 2, 1) + 1e-3, transport.Map(near)), 0, 1e-5);
    }

    [Fact]
    public void A_shifted_copy_is_found_again_and_no_tensor_is_left()
    {
        using var generator = new Generator(5);
        var centres = Tensor.From(new float[] { 0, 0, 4, 0, 0, 4 }, 3, 2);
        int[] classes = [.. Enumerable.Range(0, 60).Select(i => i % 3)];
        var source = centres.IndexSelect(0, Tensor.From(Array.ConvertAll(classes, c => (long)c))) + 0.3 * Tensor.RandN([60, 2], generator);
        var target = source + Tensor.From(new float[] { 1.5f, -1 });
        var before = LivingTensors.Settled();
        using (var transport = OptimalTransport.Fit(source, classes, target, new(0.005, 0.1), 0))
        using (TensorScope.Begin())
            Assert.InRange((transport.Map(source) - target).Square().Sum(1).Sqrt().Mean().ToDouble(), 0, 0.25); // the shift is 1.8
        Assert.Equal(before, Tensor.Living);
    }

    [Fact]
    public void Faults_of_options_are_named_at_once()
    {
        var error = Assert.Throws<ArgumentException>(() => new TransportOptions(0, -1) { Points = 1 }.Validate());
        Assert.Equal("Optimal transport: Entropy must be above 0, got 0; ClassWeight must be 0 or more, got -1; "
            + "Points must be 2 or more, got 1.", error.Message);
    }

    private static Tensor Points(params double[] values) => Tensor.From(values, values.Length / 2, 2);
}
