using Foresee.Methods.Cpc;
using Foresee.Tests.Encoders;
using Foresee.Torch;

namespace Foresee.Tests.Methods.Cpc;

public sealed class DirectionPredictorTests
{
    private const int Height = 5, Width = 6, Features = 32;
    private static readonly int[] Offsets = [2, 3];

    public static TheoryData<Direction> All => [.. Directions.All];

    private static DirectionPredictor Made(Direction direction, Generator generator, ContextWeights weights = ContextWeights.Own) =>
        new(direction, Features, middle: 16, depth: 3, size: 16, Offsets, generator, new(Weights: weights));

    [Theory]
    [MemberData(nameof(All))]
    public void Predictions_and_gradients_equal_those_of_libtorchs_operators(Direction direction) =>
        EqualThose(direction, ContextWeights.Own);

    [Fact]
    public void Those_of_a_shared_block_do_too() => EqualThose(Direction.Left, ContextWeights.Shared);

    private static void EqualThose(Direction direction, ContextWeights shared)
    {
        using var scope = TensorScope.Begin();
        using var generator = new Generator(5);
        using var predictor = Made(direction, generator, shared);
        var z = Tensor.RandN([6, Height, Width, Features], generator);
        z.RequiresGrad = true;
        Tensor[] inputs = [z, .. predictor.Parameters().Select(p => p.Value)];

        (Tensor[] Values, long[][] Labels, Tensor?[] Gradients) Run()
        {
            var predictions = predictor.Predict(z, chunk: 3, scale: 0.1);
            using var weights = new Generator(6);
            var loss = Tensor.Stack([.. predictions.Select(p => (p.Values * Tensor.RandN(p.Values.Shape, weights)).Sum())]).Sum();
            return ([.. predictions.Select(p => p.Values)], [.. predictions.Select(p => p.Labels.ToArray<long>())],
                Autograd.Gradients([loss], inputs));
        }

        var fused = Run();
        predictor.Compute(new Arithmetic(DType.Float32, Plain: true));
        var expected = Run();
        Assert.Equal(expected.Labels, fused.Labels);
        foreach (var (i, value) in expected.Values.Index()) FusedEncoderTests.Close(value, fused.Values[i], $"predictions {i}");
        foreach (var (i, gradient) in expected.Gradients.Index()) FusedEncoderTests.Close(gradient!, fused.Gradients[i]!, $"gradient {i}");
    }

    [Theory]
    [MemberData(nameof(All))]
    public void A_prediction_never_sees_what_it_predicts_or_what_lies_beyond_its_own_line(Direction direction)
    {
        foreach (var fused in new[] { true, false })
        {
            using var scope = TensorScope.Begin();
            using var generator = new Generator(7);
            using var predictor = Made(direction, generator);
            predictor.Compute(new Arithmetic(DType.Float32, Plain: !fused));
            var z = Tensor.RandN([1, Height, Width, Features], generator);
            z.RequiresGrad = true;
            foreach (var prediction in predictor.Predict(z, chunk: 1, scale: 1))
            {
                var labels = prediction.Labels.ToArray<long>();
                for (var i = 0; i < labels.Length; i++)
                {
                    var gradient = Autograd.Gradients([prediction.Values.Select(0, i).Sum()], [z], retainGraph: true)[0]!.Abs().Sum(3)
                        .ToArray<float>();
                    var target = Line(direction, (int)labels[i]);
                    for (var cell = 0; cell < gradient.Length; cell++)
                        if (Line(direction, cell) > target - prediction.Offset) Assert.Equal(0f, gradient[cell]);
                        else
                            if (Line(direction, cell) == target - prediction.Offset
                                && Across(direction, cell) == Across(direction, (int)labels[i])) Assert.NotEqual(0f, gradient[cell]);
                }
            }
        }
    }

    /// <summary>The line of a cell in the order of reading.</summary>
    private static int Line(Direction direction, int cell) => direction switch
    {
        Direction.Down => cell / Width,
        Direction.Up => Height - 1 - cell / Width,
        Direction.Right => cell % Width,
        _ => Width - 1 - cell % Width,
    };

    private static int Across(Direction direction, int cell) => direction is Direction.Down or Direction.Up ? cell % Width : cell / Width;
}
