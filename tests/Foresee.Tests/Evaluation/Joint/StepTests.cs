using Foresee.Augmentation;
using Foresee.Classifiers;
using Foresee.Evaluation;
using Foresee.Evaluation.Joint;
using Foresee.Evaluation.Protocols;
using Foresee.Losses;
using Foresee.Tests.Augmentation;
using Foresee.Torch;
using Foresee.Torch.Layers;
using Foresee.Torch.Losses;
using Foresee.Torch.Optimisers;
using Linear = Foresee.Torch.Layers.Linear;

namespace Foresee.Tests.Evaluation.Joint;

/// <summary>The objectives of the protocols on a linear network and views that are the images, against plain loops.</summary>
public sealed class StepTests : IDisposable
{
    private const int Side = 4, Classes = 3, Labelled = 5, Unlabelled = 8, Values = Side * Side;
    private readonly TensorScope scope = TensorScope.Begin();
    private readonly Generator generator = new(3);
    private readonly LinearNetwork network;
    private readonly WeightAverage average;
    private readonly Tensor labelled, unlabelled;

    public StepTests()
    {
        network = new(generator);
        using (Autograd.NoGrad()) network.Weight.Mul_(4); // so that it is sure of some images
        average = new(network.State(), 0.9);
        (labelled, unlabelled) = (Pixels(Labelled), Pixels(Unlabelled));
    }

    public void Dispose()
    {
        average.Dispose();
        network.Dispose();
        scope.Dispose();
        generator.Dispose();
    }

    private Tensor Pixels(int count) => (Tensor.Rand([count, 1, Side, Side], generator) * 255).To(DType.UInt8);

    /// <summary>Logits are a product with a matrix; pixels of 0 to 1 come as they are.</summary>
    private sealed class LinearNetwork(Generator generator) : JointNetwork(DType.Float32)
    {
        private readonly Linear linear = new(Values, Classes, true, generator);

        public override int Width => Values;
        protected override IReadOnlyList<Module> Parts => [linear];
        public Tensor Weight => linear.Parameters().First().Value;
        public override Tensor Normalised(Tensor views) => views;
        public override Tensor Features(Tensor x) => x.Flatten(1);
        public override Tensor Logits(Tensor features) => linear.Forward(features);
        public override IEnumerable<RateGroup> Groups(OneCycle cycle) => [];
        public override Classifier ToClassifier(ClassifierDescription description) => throw new NotSupportedException();
        protected override void Compute(DType type) { }
        public override void Dispose() => linear.Dispose();
    }

    private JointStep Step(double time = 0.5, Module? extra = null)
    {
        var still = new ViewMaker([], new ViewFormat(Side, Side, 1));
        return new(network, extra, average, new(still, still, Threads: 1), generator)
        {
            LabelledPixels = labelled,
            UnlabelledPixels = unlabelled,
            Labels = Tensor.From([0L, 1, 2, 0, 1]),
            Classes = Classes,
            Time = time,
        };
    }

    private double[][] Probabilities(Tensor pixels)
    {
        using var noGrad = Autograd.NoGrad();
        var logits = network.Logits((pixels.To(DType.Float32) / 255).Flatten(1)).ToArray<float>();
        return [.. logits.Chunk(Classes).Select(row =>
        {
            double[] powers = [.. row.Select(z => Math.Exp(z))];
            return (double[])[.. powers.Select(power => power / powers.Sum())];
        })];
    }

    /// <summary>Cross-entropy of the labelled images.</summary>
    private double Supervised => Probabilities(labelled).Select((p, i) => -Math.Log(p[i % Classes])).Average();

    private static double Kl(double[] p, double[] q) => p.Zip(q, (a, b) => a * Math.Log(a / b)).Sum();

    [Fact]
    public void FixMatch_asks_of_the_strong_view_what_it_is_sure_of_in_the_weak_one()
    {
        var p = Probabilities(unlabelled);
        var threshold = p.Select(row => row.Max()).Order().ElementAt(4) - 1e-4;                     // 4 of 8 pass
        var loss = new FixMatch { Threshold = threshold, Weight = 0.7 }.Objective(Step()).ToDouble();
        var passing = p.Where(row => row.Max() >= threshold).ToList();
        Assert.Equal(4, passing.Count);
        Assert.Equal(Supervised + 0.7 * passing.Sum(row => -Math.Log(row.Max())) / Unlabelled, loss, 1e-5);
    }

    [Fact]
    public void Where_nothing_passes_FixMatchs_gradient_is_the_supervised_one_to_the_last_bit()
    {
        float[] Gradient(Tensor loss)
        {
            network.Weight.Grad = null;
            loss.Backward();
            return network.Weight.Grad!.ToArray<float>();
        }
        var step = Step();
        var alone = Gradient(Loss.CrossEntropy(step.Logits(step.Labelled, step.Weak, step.Weak).First, step.Labels));
        Assert.Equal(alone, Gradient(new FixMatch { Threshold = 1.01 }.Objective(step)));
        Assert.NotEqual(alone, Gradient(new FixMatch { Threshold = 0 }.Objective(step)));
        Assert.Equal(alone, Gradient(new PseudoLabel().Objective(Step(time: 0.1))));                // α is 0 at first
    }

    [Fact]
    public void UDA_sharpens_what_it_believes_and_leaves_labels_out_that_are_known()
    {
        var uda = new Uda { Temperature = 0.5, Threshold = 0, Rise = AnnealedRise.Linear };
        var loss = uda.Objective(Step(time: 0.2)).ToDouble();
        var consistency = Probabilities(unlabelled).Average(p =>
        {
            double[] powers = [.. p.Select(value => value * value)];
            return Kl([.. powers.Select(power => power / powers.Sum())], p);
        });
        double[] right = [.. Probabilities(labelled).Select((p, i) => p[i % Classes])];
        var unsure = right.Where(p => p < 0.2 * 2 / 3 + 1.0 / 3).ToList();                          // η
        Assert.InRange(unsure.Count, 1, Labelled - 1);
        Assert.Equal(unsure.Average(p => -Math.Log(p)) + consistency, loss, 1e-5);
    }

    [Fact]
    public void Pseudo_labels_and_entropy_are_of_the_networks_own_answers()
    {
        var p = Probabilities(unlabelled);
        var pseudo = new PseudoLabel { Weight = 3, From = 0.2, Until = 0.8 };
        Assert.Equal(Supervised + 1.5 * p.Average(row => -Math.Log(row.Max())), pseudo.Objective(Step(time: 0.5)).ToDouble(), 1e-5);
        Assert.Equal([0, 0, 1.5, 3, 3], new[] { 0, 0.2, 0.5, 0.8, 1 }.Select(time => Math.Round(pseudo.Strength(time), 9)));
        var entropy = p.Average(row => -row.Sum(value => value * Math.Log(value)));
        Assert.Equal(Supervised + 0.5 * entropy, new EntropyMinimisation { Weight = 0.5 }.Objective(Step()).ToDouble(), 1e-5);
    }

    [Fact]
    public void A_mean_teacher_answers_by_the_averaged_weights_and_learns_nothing()
    {
        var before = Probabilities(unlabelled);                                                      // the average is these weights
        var held = average.State().ToDictionary(t => t.Key, t => t.Value.ToArray<float>());
        using (Autograd.NoGrad()) network.Weight.Add_(Tensor.RandN(network.Weight.Shape, generator) * 0.3);
        var teacher = new MeanTeacher { Weight = 4, Until = 0.5 };
        var loss = teacher.Objective(Step(time: 0.25));
        var now = Probabilities(unlabelled);
        var difference = before.Zip(now, (a, b) => a.Zip(b, (x, y) => (x - y) * (x - y)).Average()).Average();
        Assert.Equal(Supervised + 4 * Math.Exp(-5 * 0.25) * difference, loss.ToDouble(), 1e-5);
        loss.Backward();
        Assert.All(average.State(), t => Assert.Equal(held[t.Key], t.Value.ToArray<float>()));
        Assert.All(average.State(), t => Assert.Null(t.Value.Grad));
        Assert.NotNull(network.Weight.Grad);
        Assert.Equal(4, teacher.Strength(0.5), 1e-12);
        average.Update();                                                                            // θ̄ = 0.9 θ̄ + 0.1 θ
        var name = held.Keys.First(key => key.EndsWith("weight", StringComparison.Ordinal));
        float[] expected = [.. held[name].Zip(network.Weight.ToArray<float>(), (old, fresh) => 0.9f * old + 0.1f * fresh)];
        Made.Near(expected, average.State()[name].ToArray<float>(), 1e-6);
    }

    [Fact]
    public void VAT_moves_images_where_the_answer_changes_most_and_entropy_may_be_added()
    {
        VirtualAdversary Towards(double radius) => new(Radius: radius, Step: 0.1, Iterations: 40);
        var radius = 0.5 * Math.Sqrt(3072.0 / Values);                                               // r of length 0.5
        var loss = new Vat { Adversary = Towards(radius), Weight = 2 }.Objective(Step()).ToDouble();
        // any other change of this length changes the answers less
        var weak = unlabelled.To(DType.Float32) / 255;
        var p = Probabilities(unlabelled);
        for (var trial = 0; trial < 20; trial++)
        {
            var other = Tensor.RandN(weak.Shape, generator);
            other = other / other.Flatten(1).Square().Sum(1).Sqrt().View(-1, 1, 1, 1) * 0.5;
            var q = Probabilities((weak + other) * 255);
            Assert.True(Supervised + 2 * p.Zip(q, Kl).Average() < loss);
        }
        var entropy = p.Average(row => -row.Sum(value => value * Math.Log(value)));
        Assert.Equal(Supervised + entropy, new VatEntropy { Adversary = Towards(1e-4), Weight = 0 }.Objective(Step()).ToDouble(), 1e-4);
    }

    [Fact]
    public void Rotation_asks_of_all_images_and_the_class_of_labelled_upright_ones()
    {
        using var extra = new Linear(Values, 4, true, generator);
        var loss = new JointRotation { Weight = 0.3 }.Objective(Step(extra: extra)).ToDouble();
        var images = (Tensor.Cat([labelled, unlabelled]).To(DType.Float32) / 255).ToArray<float>().Chunk(Values).ToList();
        var (weight, bias) = (extra.Parameters().First().Value.ToArray<float>(), extra.Parameters().Last().Value.ToArray<float>());
        double turns = 0;
        foreach (var image in images)
            for (var k = 0; k < 4; k++)
            {
                var turned = image;
                for (var n = 0; n < k; n++)                                                          // counterclockwise
                    turned = [.. Enumerable.Range(0, Values).Select(i => turned[i % Side * Side + Side - 1 - i / Side])];
                double[] z = [.. Enumerable.Range(0, 4).Select(c => bias[c] + Enumerable.Range(0, Values).Sum(i =>
                    (double)weight[c * Values + i] * turned[i]))];
                turns += Math.Log(z.Sum(Math.Exp)) - z[k];
            }
        Assert.Equal(Supervised + 0.3 * turns / (4 * images.Count), loss, 1e-5);
        Assert.Equal(Supervised, new JointRotation { Weight = 0 }.Objective(Step(extra: extra)).ToDouble(), 1e-5);
    }

    [Fact]
    public void The_mix_of_S4L_is_the_weighted_sum_of_its_parts()
    {
        using var extra = new Linear(Values, 4, true, generator);
        double Of(double labels, double rotation, double vat, double entropy) => new RotationVatEntropy
        {
            Labels = labels,
            Rotation = rotation,
            Weight = vat,
            Certainty = entropy,
            Adversary = new(Radius: 2, Iterations: 30),
        }.Objective(Step(extra: extra)).ToDouble();
        var (labels, rotation, vat, entropy) = (Of(1, 0, 0, 0), Of(0, 1, 0, 0), Of(0, 0, 1, 0), Of(0, 0, 0, 1));
        Assert.Equal(Supervised, labels, 1e-5);
        Assert.Equal(new JointRotation().Objective(Step(extra: extra)).ToDouble() - Supervised, rotation, 1e-5);
        Assert.Equal(Probabilities(unlabelled).Average(row => -row.Sum(value => value * Math.Log(value))), entropy, 1e-5);
        Assert.InRange(vat, 1e-4, 10);
        Assert.Equal(0.3 * labels + 0.7 * rotation + 0.3 * vat + 0.2 * entropy, Of(0.3, 0.7, 0.3, 0.2), 0.02);
    }

    [Fact]
    public void Exemplars_of_one_vector_cost_the_margin()
    {
        using var extra = new Linear(Values, 6, true, generator);
        using (Autograd.NoGrad()) extra.Parameters().First().Value.Zero_();
        var loss = new JointExemplar { Weight = 2, Margin = 0.4 }.Objective(Step(extra: extra)).ToDouble();
        Assert.Equal(Supervised + 2 * 0.4, loss, 1e-5);
    }
}
