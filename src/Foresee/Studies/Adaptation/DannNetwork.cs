using Foresee.Evaluation;
using Foresee.Torch;
using Foresee.Torch.Layers;
using Foresee.Torch.Losses;
using Foresee.Torch.Optimisers;

namespace Foresee.Studies.Adaptation;

/// <summary>
/// L = CE(label head(f(x_s)), y_s) + CE(domain head(R_λ(f(x))), source or target), R_λ the gradient reversal: the domain head learns to
/// tell the domains apart, the features f learn the labels and to prevent that.
/// </summary>
/// <remarks>
/// DANN (Ganin et al. 2016, equations 9 to 15 and section 5.2.2: the schedules of λ and of the rate, SGD with momentum 0.9). It starts at
/// ln(classes) + ln 2.
/// </remarks>
public sealed class DannNetwork : Module
{
    private readonly Module body;
    private readonly Linear label;
    private readonly Sequential domain;

    /// <param name="body">Inputs to features [B, width]; belongs to this one from now on.</param>
    public DannNetwork(Module body, int width, int classes, DannOptions options, Generator generator)
    {
        options.Validate();
        this.body = Child("body", body);
        label = Child("label", new Linear(width, classes, bias: true, generator));
        domain = Child("domain", new Sequential(new Linear(width, options.DomainWidth, bias: true, generator), new Relu(),
            new Linear(options.DomainWidth, 2, bias: true, generator)));
    }

    /// <param name="x">Of either domain.</param>
    /// <returns>[B, classes] logits</returns>
    public override Tensor Forward(Tensor x) => label.Forward(body.Forward(x));

    /// <param name="source">[B, ...]</param>
    /// <param name="labels">[B] Int64, of the source.</param>
    /// <param name="target">[B', ...]; null for the labels' loss alone.</param>
    /// <returns>A scalar.</returns>
    public Tensor LossOf(Tensor source, Tensor labels, Tensor? target, double lambda)
    {
        if (target is null) return Loss.CrossEntropy(Forward(source), labels);
        var both = body.Forward(Tensor.Cat([source, target]));                                 // one batch for batch norm
        var classes = Loss.CrossEntropy(label.Forward(both.Narrow(0, 0, source.Size(0))), labels);
        var domains = Tensor.Cat([Tensor.Zeros([source.Size(0)], DType.Int64), Tensor.Ones([target.Size(0)], DType.Int64)]);
        return classes + Loss.CrossEntropy(domain.Forward(GradientReversal.Apply(both, lambda)), domains);
    }

    /// <param name="source">[n, ...]</param>
    /// <param name="target">[m, ...]</param>
    public void Fit(Tensor source, int[] labels, Tensor target, DannOptions options, Generator generator,
        Action<FitProgress>? progress = null, CancellationToken cancel = default)
    {
        options.Validate();
        using var scope = TensorScope.Begin();
        var truth = Tensor.From(Array.ConvertAll(labels, one => (long)one));
        using var group = new RateGroup(new Sgd(Parameters(), options.LearningRate, options.Momentum),
            step => options.RateAt((double)step / options.Steps));
        var batches = ShuffledBatches.Endless(labels.Length, options.BatchSize, generator)
            .Zip(ShuffledBatches.Endless((int)target.Size(0), options.BatchSize, generator)).Index();
        Train(true);
        ShortTraining.Run(batches, options.Steps, [group], batch =>
        {
            var (from, to) = batch.Item;
            var chosen = Tensor.From(from);
            var others = options.Reversal == 0 ? null : target.IndexSelect(0, Tensor.From(to));
            return LossOf(source.IndexSelect(0, chosen), truth.IndexSelect(0, chosen), others,
                options.LambdaAt((double)batch.Index / options.Steps));
        }, progress, cancel);
        Train(false);
    }

    /// <summary>[n, classes], rows of sum 1, without gradient.</summary>
    public Tensor Probabilities(Tensor inputs) => InParts(inputs, x => Forward(x).LogSoftmax(1).Exp());

    /// <summary>[n, width], without gradient.</summary>
    public Tensor Features(Tensor inputs) => InParts(inputs, body.Forward);

    private static Tensor InParts(Tensor inputs, Func<Tensor, Tensor> what)
    {
        using var noGrad = Autograd.NoGrad();
        using var scope = TensorScope.Begin();
        var parts = new List<Tensor>();
        for (long from = 0, count = inputs.Size(0); from < count; from += FeatureTable.BatchSize)
        {
            using var inner = TensorScope.Begin();
            parts.Add(inner.Keep(what(inputs.Narrow(0, from, Math.Min(FeatureTable.BatchSize, count - from)))));
        }
        return scope.Keep(Tensor.Cat([.. parts]));
    }
}
