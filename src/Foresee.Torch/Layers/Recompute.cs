namespace Foresee.Torch.Layers;

/// <summary>
/// Activation checkpointing (Chen et al. 2016, "Training deep nets with sublinear memory cost"): of a part of a network only the input
/// is kept, and the backward pass computes the part again.
/// </summary>
/// <remarks>
/// Costs one more forward pass of the part. Batch norm moves its running statistics in the first pass only. Dropout would draw other
/// numbers the second time, so it refuses to take part.
/// </remarks>
public static class Recompute
{
    private enum Pass { None, First, Second }

    [ThreadStatic] private static Pass pass;

    /// <summary>Whether this thread is in a part that is computed twice.</summary>
    internal static bool Inside => pass != Pass.None;

    /// <summary>Whether this thread is in the second of the two passes.</summary>
    internal static bool Again => pass == Pass.Second;

    /// <summary>What <paramref name="part"/> makes of x; a fresh tensor, not a view of x.</summary>
    public static Tensor Forward(Module part, Tensor x)
    {
        if (!Autograd.Recording) return part.Forward(x);
        Tensor[] weights = [.. part.Parameters().Select(p => p.Value)];
        return new Part(part, weights).Apply([x, .. weights])[0];
    }

    private sealed class Part(Module part, Tensor[] weights) : CustomFunction
    {
        private Tensor? kept;

        protected override Tensor[] Forward(Tensor[] inputs)
        {
            kept = Save(inputs[0]);
            return [Within(Pass.First, () =>
            {
                using var scope = TensorScope.Begin(); // else all between input and result would live until the step ends
                return scope.Keep(part.Forward(inputs[0]));
            })];
        }

        protected override Tensor?[] Backward(Tensor?[] gradients) => Within(Pass.Second, () =>
        {
            using var recording = Autograd.EnableGrad();
            var x = kept!.Detach();
            x.RequiresGrad = true;
            return Autograd.Gradients([part.Forward(x)], [x, .. weights], [gradients[0]!]);
        });

        private static T Within<T>(Pass entered, Func<T> work)
        {
            var before = pass;
            pass = entered;
            try
            {
                return work();
            }
            finally
            {
                pass = before;
            }
        }
    }
}
