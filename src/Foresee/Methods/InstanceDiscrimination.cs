using System.Text.Json.Serialization;
using Foresee.Augmentation;
using Foresee.Encoders;
using Foresee.Heads;
using Foresee.Images;
using Foresee.Losses;
using Foresee.Torch;
using Foresee.Torch.Layers;
using Foresee.Torch.Optimisers;

namespace Foresee.Methods;

/// <summary>Settings of <see cref="InstanceDiscrimination"/>.</summary>
/// <param name="Encoder">Of whole images.</param>
public sealed record InstanceDiscriminationOptions(ConvEncoderOptions Encoder) : ViewOptions(Encoder)
{
    private const int Countable = 50_000; // images; for so many the full softmax is one small product

    public override ImageAugmentation Augmentation { get; init; } = ImageAugmentation.MoCoV1;

    /// <summary>d, the length of the vectors.</summary>
    public int Projection { get; init; } = 128;

    /// <summary>τ</summary>
    public double Temperature { get; init; } = 0.07;

    /// <summary>m, images that each image is told from, by noise-contrastive estimation; 0 for all of them, by softmax.</summary>
    public int Noise { get; init; } = 4096;

    /// <summary>The share of itself that a vector of the bank keeps when its image is seen again.</summary>
    public double Keep { get; init; } = 0.5;

    /// <summary>A small network; the full softmax up to 50,000 images.</summary>
    public static InstanceDiscriminationOptions For(DataProfile data) => new(SmallEncoder(data))
    {
        Augmentation = Suited(ImageAugmentation.MoCoV1 with { Jitter = 0.8, Hue = 0.1 }, data),
        Temperature = 0.1,
        Noise = data.Count <= Countable ? 0 : 4096,
    };

    [JsonIgnore]
    public override SuggestedTraining Suggested => new(128, new(OptimiserKind.Sgd, 0.06) { WeightDecay = 5e-4 });

    public override void Validate(InputFormat input, ICollection<string> faults)
    {
        base.Validate(input, faults);
        if (Projection < 1 || Noise < 0) faults.Add("projection must be at least 1, noise 0 (all images) or more");
        if (!(Temperature > 0)) faults.Add($"the temperature must be above 0, got {Temperature}");
        if (Keep is not (>= 0 and <= 1)) faults.Add($"keep must lie in 0..1, got {Keep}");
    }

    public override IMethod Build(MethodContext context) => new InstanceDiscrimination(this, context);
}

/// <summary>
/// Instance discrimination (Wu, Xiong, Yu and Lin, "Unsupervised Feature Learning via Non-Parametric Instance Discrimination", CVPR 2018):
/// <code>
/// v = W f(x) / ‖·‖                                       one view of image i
/// P(j|v) = exp(v_j·v/τ) / Z                              v_1..v_n the memory bank   (eq. 2)
/// L = -log P(i|v), Z the sum over all j                  full softmax
///   = -log h(i) - Σ over m noise images j of log(1 - h(j)),  h = P / (P + m/n), Z constant   (eqs. 4 to 7)
/// v_i ← (½ v_i + ½ v) / ‖·‖                              after each step
/// </code>
/// </summary>
/// <remarks>
/// L begins near ln n, or near ln(1 + m) + m ln(1 + 1/m). "accuracy" is how often the image itself is found, among all or among 1 + m.
/// Z is set once, from the first batch.
/// </remarks>
public sealed class InstanceDiscrimination : IMethod
{
    private readonly InstanceDiscriminationOptions options;
    private readonly MethodContext context;
    private readonly Embedding embedding;
    private readonly MemoryBank bank;
    private readonly Normaliser normaliser = new();
    private readonly NamedParts network;
    private readonly Views views;

    /// <exception cref="ArgumentException">Settings don't fit, or how many images there are is not known.</exception>
    public InstanceDiscrimination(InstanceDiscriminationOptions options, MethodContext context)
    {
        context.Check(options);
        if (context.Images < 2)
            throw new ArgumentException($"{options.Name} keeps a vector of each image and needs 2 or more, got {context.Images}; set "
                + "MethodContext.Images.");
        (this.options, this.context) = (options, context);
        views = new(context, [Methods.Views.Maker(context, options.Augmentation)]);
        embedding = new(options.Encoder, context, features => new Mlp([features, options.Projection], norms: false, context.Generator));
        bank = new(Initialise.Uniform([context.Images, options.Projection], Math.Sqrt(3.0 / options.Projection), context.Generator));
        network = context.Place(new NamedParts(("embedding", embedding), ("bank", bank), ("normaliser", normaliser)));
    }

    public Module Network => network;

    public Encoder Encoder => embedding.Encoder;

    public Inputs Prepare(ImageBatch batch, Generator generator)
    {
        var (indices, tensors) = views.Of(batch, generator);
        var own = Tensor.From(Array.ConvertAll(indices, i => (long)i));                     // [B]
        if (options.Noise == 0) return new(indices, tensors[0], own.To(context.Device));
        // any image but one's own: those from it on move up by one
        var drawn = Tensor.RandInt(0, context.Images - 1, [indices.Length, options.Noise], generator);
        var others = drawn + Tensor.Invoke("aten::ge", "Tensor", drawn, own.Unsqueeze(1)).To(DType.Int64); // [B, m]
        return new(indices, tensors[0], own.To(context.Device), others.To(context.Device));
    }

    public StepLoss Loss(Inputs inputs)
    {
        var v = NegativeCosine.Unit(embedding.Forward(inputs.Tensors[0]));                  // [B, d]
        var own = inputs.Tensors[1];
        bank.Hold(own, v);
        return options.Noise == 0 ? Softmax(v, own) : Estimated(v, own, inputs.Tensors[2]);
    }

    private StepLoss Softmax(Tensor v, Tensor own) =>
        StepLoss.Among(context.Images, Choice.Of(v.MatMul(bank.Vectors.T()) / options.Temperature, own), Metric.OutputStd(v)); // [B, n]

    private StepLoss Estimated(Tensor v, Tensor own, Tensor others)
    {
        var (count, noise) = (v.Size(0), (double)options.Noise);
        var candidates = Tensor.Cat([own.Unsqueeze(1), others], dimension: 1);              // [B, 1 + m]
        var rows = bank.Vectors.IndexSelect(0, candidates.Flatten()).View(count, -1, options.Projection);
        var scores = rows.MatMul(v.Unsqueeze(2)).View(count, -1) / options.Temperature;     // [B, 1 + m]
        var p = scores.Exp() / normaliser.Once(scores, context.Images);
        var loss = NoiseContrast.Of(p.Select(1, 0), p.Narrow(1, 1, options.Noise), context.Images);
        var correct = Choice.Of(scores.Detach(), own.ZerosLike()).Correct;
        return new(loss, Math.Log(1 + noise) + noise * Math.Log(1 + 1 / noise), new Metric(Metric.Accuracy, correct, 1 / (1 + noise)),
            Metric.OutputStd(v));
    }

    public void AfterStep(long step, long steps) => bank.PutHeld(options.Keep);

    public void Dispose() => network.Dispose();

    /// <summary>Z = n · mean exp(v_j·v/τ), of the first batch; a number that the checkpoint keeps.</summary>
    private sealed class Normaliser : Module
    {
        private readonly Tensor z;

        public Normaliser() => z = Buffer("z", Tensor.Zeros([]));

        public Tensor Once(Tensor scores, long images)
        {
            using var noGrad = Autograd.NoGrad();
            if (z.ToDouble() == 0) z.Copy_(scores.Exp().Mean() * images);
            return z;
        }

        public override Tensor Forward(Tensor x) => throw new NotSupportedException("A constant has no forward pass.");
    }
}
