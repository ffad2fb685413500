using Foresee.Methods.Cpc;

namespace Foresee.Benchmarks.Tests;

public sealed class TrainingArithmeticTests
{
    [Fact]
    public void A_small_network_costs_what_is_counted_by_hand()
    {
        // 2 x 3 patches of 4 px; stem 3x3 1->2 keeps 4 x 4; one block 2->3 over 2, stride 2, to 2 x 2.
        var method = new CpcV2Options
        {
            Encoder = new(4, 4, new(1, 2, 3, 1, [new(3, 2, 2)])),
            Directions = [Direction.Down],
            Offsets = [1],
            ContextBottleneckWidth = 5,
            ContextDepth = 1,
            TargetSize = 7,
            CandidateImages = 4,
        };
        const int Patches = 6;
        var stem = 10 * 10 * 1 * 2;          // 3 taps for each of 4 places, less the one beyond each edge: 10 an axis
        var conv1 = 16 * 2 * 2;
        var conv2 = 5 * 5 * 2 * 2;           // places 0 and 2: 2 + 3 taps an axis
        var conv3 = 4 * 2 * 3;
        var shortcut = 4 * 2 * 3;
        var context = 3 * (3 * 5 + 5 * 3)    // one row of three columns predicts
            + (2 + 3 + 2) * 5 * 5            // 1x3
            + 3 * 5 * 5;                     // 2x1 over the zero row: one tap
        var predictions = 3 * 3 * 7;
        var scores = 3 * 7 * (4 * Patches);
        var targets = Patches * 3 * 7;
        var forward = Patches * (stem + conv1 + conv2 + conv3 + shortcut) + context + predictions + scores + targets;
        Assert.Equal(3.0 * forward - Patches * stem, TrainingArithmetic.PerImage(new(8, 12, 1), method, batchSize: 8));
    }

    [Fact]
    public void Matrices_are_multiplied_faster_than_a_plain_loop_could() =>
        Assert.True(TrainingArithmetic.MatrixRate(Foresee.Torch.DType.Float32) > 1e9);
}
