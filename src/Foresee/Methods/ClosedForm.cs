using Foresee.Encoders;
using Foresee.Images;
using Foresee.Torch;
using Foresee.Torch.Layers;

namespace Foresee.Methods;

/// <summary>Only an encoder, which measures what it keeps, such as <see cref="KMeansEncoder"/>.</summary>
public sealed class ClosedForm : IMethod
{
    public ClosedForm(MethodOptions options, EncoderOptions encoder, MethodContext context)
    {
        context.Check(options);
        Encoder = encoder.Build(context.Input, context.Generator);
    }

    public Module Network => Encoder;

    public Encoder Encoder { get; }

    public IReadOnlyList<Phase> Phases => [];

    /// <exception cref="InvalidOperationException">Always: it has no steps.</exception>
    public Inputs Prepare(ImageBatch batch, Generator generator) => throw NoSteps();

    /// <exception cref="InvalidOperationException">Always: it has no loss.</exception>
    public StepLoss Loss(Inputs inputs) => throw NoSteps();

    private static InvalidOperationException NoSteps() => new("A closed form has no steps; its encoder is calibrated instead.");

    public void Dispose() => Encoder.Dispose();
}
