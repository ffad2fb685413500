using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Foresee.Torch.Interop;

namespace Foresee.Torch;

public sealed partial class Tensor
{
    public bool RequiresGrad
    {
        get => Info.RequiresGrad != 0;
        set => Native.Check(Native.foresee_set_requires_grad(this, value ? 1 : 0));
    }

    /// <summary>The gradient that Backward accumulated, or null. Setting null frees it.</summary>
    public Tensor? Grad
    {
        get
        {
            Native.Check(Native.foresee_grad(this, out var grad));
            return grad == 0 ? null : Own(grad);
        }
        set
        {
            Native.Check(Native.foresee_set_grad(this, value?.Pointer ?? 0));
            GC.KeepAlive(value);
        }
    }

    /// <summary>Gradients of this scalar, accumulated into <see cref="Grad"/> of every leaf that requires one.</summary>
    /// <param name="gradient">Of the shape of this tensor; needed when it is no scalar.</param>
    public unsafe void Backward(Tensor? gradient = null, bool retainGraph = false)
    {
        nint root = Pointer, grad = gradient?.Pointer ?? 0;
        Native.Check(Native.foresee_backward(&root, gradient is null ? null : &grad, 1, retainGraph ? 1 : 0, 0));
        GC.KeepAlive(this);
        GC.KeepAlive(gradient);
    }
}

/// <summary>Gradient mode and gradients on demand.</summary>
public static unsafe class Autograd
{
    /// <summary>While the result lives, nothing on this thread is recorded for gradients.</summary>
    public static IDisposable NoGrad() => new GradMode(enabled: false);

    public static IDisposable EnableGrad() => new GradMode(enabled: true);

    /// <summary>Whether this thread records for gradients.</summary>
    public static bool Recording
    {
        get
        {
            var mode = Native.foresee_set_grad_mode(0); // the border has no question of its own
            Native.foresee_set_grad_mode(mode);
            return mode != 0;
        }
    }

    /// <summary>As NoGrad and faster; its tensors can never take part in gradients. End it on the same thread.</summary>
    public static IDisposable Inference() => new InferenceGuard();

    /// <summary>d outputs / d inputs, without touching any Grad; null where an input was not used.</summary>
    public static Tensor?[] Gradients(Tensor[] outputs, Tensor[] inputs, Tensor[]? gradients = null, bool retainGraph = false,
        bool createGraph = false)
    {
        var results = new nint[inputs.Length];
        fixed (nint* o = Pointers(outputs), i = Pointers(inputs), r = results)
        fixed (nint* g = gradients is null ? null : Pointers(gradients))
            Native.Check(Native.foresee_gradients(o, g, outputs.Length, i, inputs.Length, retainGraph ? 1 : 0, createGraph ? 1 : 0, r));
        GC.KeepAlive(outputs);
        GC.KeepAlive(inputs);
        GC.KeepAlive(gradients);
        return Array.ConvertAll(results, p => p == 0 ? null : Tensor.Own(p));
    }

    internal static nint[] Pointers(Tensor[] tensors) => Array.ConvertAll(tensors, t => t.Pointer);

    private sealed class GradMode : IDisposable
    {
        private readonly int before;
        public GradMode(bool enabled) => before = Native.foresee_set_grad_mode(enabled ? 1 : 0);
        public void Dispose() => Native.foresee_set_grad_mode(before);
    }

    private sealed class InferenceGuard : IDisposable
    {
        private nint guard;
        public InferenceGuard() => Native.Check(Native.foresee_inference_begin(out guard));

        public void Dispose()
        {
            if (guard != 0) Native.foresee_inference_end(guard);
            guard = 0;
        }
    }
}

/// <summary>
/// A differentiable function whose forward and backward are written in C#. Derive, implement both, call Apply once per object.
/// <c>Forward</c> runs without gradients; save what backward needs with <see cref="Save"/>.
/// </summary>
public abstract unsafe class CustomFunction
{
    private readonly List<Tensor> saved = [];

    /// <summary>The results from the inputs. They must be fresh tensors, not views of an input.</summary>
    protected abstract Tensor[] Forward(Tensor[] inputs);

    /// <summary>One gradient per input, null for none, from one gradient per output (null where an output was not used).</summary>
    protected abstract Tensor?[] Backward(Tensor?[] gradients);

    /// <summary>Keeps a tensor until the graph dies; it comes back detached, so that no cycle keeps the graph alive.</summary>
    protected Tensor Save(Tensor tensor)
    {
        using var _ = Autograd.NoGrad();
        var copy = TensorScope.Detach(tensor.Detach());
        saved.Add(copy);
        return copy;
    }

    public Tensor[] Apply(params Tensor[] inputs)
    {
        Tensor[] outputs;
        var recording = Autograd.Recording && inputs.Any(i => i.RequiresGrad);
        using (Autograd.NoGrad()) outputs = Forward(inputs);
        if (!recording)
        {
            Free();
            return outputs;
        }
        var context = GCHandle.ToIntPtr(GCHandle.Alloc(this));
        fixed (nint* i = Autograd.Pointers(inputs), o = Autograd.Pointers(outputs))
            Native.Check(Native.foresee_custom_function(i, inputs.Length, o, outputs.Length, &OnBackward, &OnRelease, context,
                GetType().Name));
        GC.KeepAlive(inputs);
        return outputs;
    }

    private void Free()
    {
        foreach (var tensor in saved) tensor.Dispose();
        saved.Clear();
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int OnBackward(nint context, nint* gradients, int count, nint* results, int resultCount)
    {
        try
        {
            using var scope = TensorScope.Begin();
            var function = (CustomFunction)GCHandle.FromIntPtr(context).Target!;
            var incoming = new Tensor?[count];
            for (var i = 0; i < count; i++)
                if (gradients[i] != 0) incoming[i] = Tensor.Own(Native.foresee_tensor_retain(gradients[i]));
            var outgoing = function.Backward(incoming);
            if (outgoing.Length != resultCount)
                throw new InvalidOperationException($"Backward gives {outgoing.Length} gradients for {resultCount} inputs.");
            for (var i = 0; i < resultCount; i++)
                results[i] = outgoing[i] is { } gradient ? Native.foresee_tensor_retain(gradient.Pointer) : 0;
            return 0;
        }
        catch (Exception error)
        {
            Native.foresee_callback_error(error.Message);
            return 1;
        }
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void OnRelease(nint context)
    {
        var handle = GCHandle.FromIntPtr(context);
        ((CustomFunction)handle.Target!).Free();
        handle.Free();
    }
}
