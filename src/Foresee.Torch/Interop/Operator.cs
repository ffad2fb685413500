using System.Runtime.InteropServices;
using System.Text;

namespace Foresee.Torch.Interop;

/// <summary>
/// One operator of libtorch's registry, found by its schema name once and called any number of times.
/// Cost of a call for a one-element add: see benchmarks/.
/// </summary>
public sealed unsafe class Operator
{
    private const int MaximumResults = 16;
    private const int ScratchWords = 128; // lists up to this many entries in total need no heap
    private readonly nint handle;

    private Operator(nint handle) => this.handle = handle;

    /// <param name="name">With its namespace: "aten::add", "torchvision::nms".</param>
    /// <param name="overload">"Tensor", "out", or empty.</param>
    /// <exception cref="TorchException">No such operator is registered.</exception>
    public static Operator Find(string name, string overload = "")
    {
        Native.Check(Native.foresee_operator_find(name, overload, out var found));
        return new(found);
    }

    /// <summary>The schema as libtorch prints it.</summary>
    public string Schema
    {
        get
        {
            Native.Check(Native.foresee_operator_schema(handle, out var text));
            return Native.TakeString(text);
        }
    }

    /// <summary>Registers the operators of a shared library, for instance an extension of libtorch.</summary>
    public static void LoadLibrary(string path) => Native.Check(Native.foresee_library_load(path));

    /// <summary>Calls an operator with one tensor as its result.</summary>
    public Tensor Call(params ReadOnlySpan<Argument> arguments)
    {
        NativeValue result;
        var count = 1;
        Run(arguments, &result, &count);
        if (count == 1 && result.Kind == ValueKind.Tensor) return Tensor.Own(result.Pointer);
        throw new TorchException($"{Schema}: expected one tensor as the result, got {(count == 0 ? "nothing" : result.Kind)}; use "
            + "CallAll.");
    }

    /// <summary>Calls an operator for its side effect, releasing what it returns.</summary>
    public void Run(params ReadOnlySpan<Argument> arguments)
    {
        var results = stackalloc NativeValue[MaximumResults];
        var count = MaximumResults;
        Run(arguments, results, &count);
        for (var i = 0; i < count; i++) Discard(results[i]);
    }

    /// <summary>
    /// Calls an operator with any results: Tensor (null when undefined), long, double, bool, string, Tensor[], long[] or double[].
    /// </summary>
    public object?[] CallAll(params ReadOnlySpan<Argument> arguments)
    {
        var results = stackalloc NativeValue[MaximumResults];
        var count = MaximumResults;
        Run(arguments, results, &count);
        var values = new object?[count];
        for (var i = 0; i < count; i++) values[i] = Take(results[i]);
        return values;
    }

    private void Run(ReadOnlySpan<Argument> arguments, NativeValue* results, int* count)
    {
        var values = stackalloc NativeValue[arguments.Length];
        var scratch = stackalloc long[ScratchWords];
        var arena = new Arena(scratch, ScratchWords);
        try
        {
            for (var i = 0; i < arguments.Length; i++) values[i] = arena.Convert(arguments[i]);
            Native.Check(Native.foresee_operator_call(handle, values, arguments.Length, results, count));
        }
        finally
        {
            arena.Release();
            // The handles passed as bare pointers must outlive the call.
            foreach (ref readonly var argument in arguments) GC.KeepAlive(argument.Reference);
        }
    }

    private static object? Take(NativeValue value)
    {
        switch (value.Kind)
        {
            case ValueKind.Tensor: return value.Pointer == 0 ? null : Tensor.Own(value.Pointer);
            case ValueKind.Int: return value.Integer;
            case ValueKind.Double: return value.Real;
            case ValueKind.Bool: return value.Integer != 0;
            case ValueKind.None: return null;
        }
        try
        {
            return value.Kind switch
            {
                ValueKind.String => Encoding.UTF8.GetString((byte*)value.Pointer, value.Length),
                ValueKind.IntList => new Span<long>((void*)value.Pointer, value.Length).ToArray(),
                ValueKind.DoubleList => new Span<double>((void*)value.Pointer, value.Length).ToArray(),
                _ => new Span<nint>((void*)value.Pointer, value.Length).ToArray().Select(Tensor.Own).ToArray(),
            };
        }
        finally
        {
            Native.foresee_free(value.Pointer);
        }
    }

    private static void Discard(NativeValue value)
    {
        if (value.Kind == ValueKind.Tensor) Native.foresee_tensor_release(value.Pointer);
        else if (Take(value) is Tensor[] tensors) foreach (var tensor in tensors) tensor.Dispose();
    }

    /// <summary>Room for the lists of one call: on the stack while they fit, else on the native heap.</summary>
    private ref struct Arena(long* words, int capacity)
    {
        private int used;
        private List<nint>? heap;

        public NativeValue Convert(in Argument argument)
        {
            var value = new NativeValue { Kind = argument.Kind, Integer = argument.Integer, Length = argument.Index };
            switch (argument.Reference)
            {
                case null: break;
                case Tensor tensor: value.Pointer = tensor.Pointer; break;
                case Generator generator: value.Pointer = generator.Pointer; break;
                case long[] list: Copy<long>(ref value, list); break;
                case double[] list: Copy<double>(ref value, list); break;
                case bool[] list: Copy<bool>(ref value, list); break;
                case string text: Copy<byte>(ref value, Encoding.UTF8.GetBytes(text)); break;
                case Tensor?[] list: Copy<nint>(ref value, Array.ConvertAll(list, t => t?.Pointer ?? 0)); break;
                default: throw new ArgumentException($"An argument can't be a {argument.Reference.GetType().Name}.");
            }
            return value;
        }

        private void Copy<T>(ref NativeValue value, ReadOnlySpan<T> items) where T : unmanaged
        {
            var needed = (items.Length * sizeof(T) + 7) / 8;
            long* target;
            if (used + needed <= capacity)
            {
                target = words + used;
                used += needed;
            }
            else
            {
                target = (long*)NativeMemory.Alloc((nuint)needed, 8);
                (heap ??= []).Add((nint)target);
            }
            items.CopyTo(new Span<T>(target, items.Length));
            value.Pointer = (nint)target;
            value.Length = items.Length;
        }

        public readonly void Release()
        {
            if (heap is null) return;
            foreach (var block in heap) NativeMemory.Free((void*)block);
        }
    }
}
