using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Foresee.Torch.Interop;

/// <summary>The functions of native/bridge.h, one to one. Nothing but this and <see cref="NativeKernels"/> calls native code.</summary>
internal static unsafe partial class Native
{
    private const string Library = "foresee_bridge";

    /// <summary>Must equal FORESEE_ABI of the bridge.h this was written for.</summary>
    internal const int Abi = 2;

    static Native()
    {
        NativeLibrary.SetDllImportResolver(typeof(Native).Assembly, (name, assembly, path) =>
        {
            if (name == NativeKernels.Library) return NativeKernels.Handle;
            if (name != Library) return 0;
            using var blas = OpenBlas.Prepare(Processor.This);
            return NativeLibrary.Load(BridgePath(), assembly, path);
        });
        if (foresee_abi() != Abi)
            throw new TorchException($"The native bridge has ABI {foresee_abi()}, this program needs {Abi}; build again (dotnet build).");
    }

    /// <summary>What FORESEE_BRIDGE names, or the first place that has it, or the first of all, so that the message names a file.</summary>
    internal static string BridgePath()
    {
        if (Environment.GetEnvironmentVariable("FORESEE_BRIDGE") is { Length: > 0 } named) return named;
        string[] places = [.. NativeFile.Places(Library)];
        return Array.Find(places, File.Exists) ?? places[0];
    }

    internal static void Check(int status)
    {
        if (status != 0) Throw();
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Throw() => throw new TorchException(Marshal.PtrToStringUTF8(foresee_error()) ?? "unknown error");

    internal static string TakeString(nint text)
    {
        var result = Marshal.PtrToStringUTF8(text) ?? "";
        foresee_free(text);
        return result;
    }

    [LibraryImport(Library)] internal static partial int foresee_abi();
    [LibraryImport(Library)] internal static partial nint foresee_error();
    [LibraryImport(Library)] internal static partial void foresee_free(nint memory);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int foresee_operator_find(string name, string overload, out nint found);
    [LibraryImport(Library)] internal static partial int foresee_operator_schema(nint op, out nint schema);
    [LibraryImport(Library)]
    internal static partial int foresee_operator_call(nint op, NativeValue* arguments, int argumentCount, NativeValue* results, int* count);
    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)] internal static partial int foresee_library_load(string path);

    [LibraryImport(Library)] internal static partial void foresee_tensor_release(nint tensor);
    [LibraryImport(Library)] internal static partial nint foresee_tensor_retain(nint tensor);
    [LibraryImport(Library)] internal static partial int foresee_tensor_describe(Tensor tensor, out NativeTensorInfo info);
    [LibraryImport(Library)] internal static partial int foresee_tensor_shape(Tensor tensor, long* sizes, long* strides, int capacity);
    [LibraryImport(Library)] internal static partial int foresee_tensor_data(Tensor tensor, out nint data);
    [LibraryImport(Library)]
    internal static partial int foresee_tensor_from_memory(nint data, long* sizes, int dimensions, int dtype,
        delegate* unmanaged[Cdecl]<nint, void> release, nint context, out nint tensor);

    [LibraryImport(Library)] internal static partial int foresee_set_requires_grad(Tensor tensor, int value);
    [LibraryImport(Library)] internal static partial int foresee_grad(Tensor tensor, out nint grad);
    [LibraryImport(Library)] internal static partial int foresee_set_grad(Tensor tensor, nint grad);
    [LibraryImport(Library)]
    internal static partial int foresee_backward(nint* roots, nint* grads, int count, int retainGraph, int createGraph);
    [LibraryImport(Library)]
    internal static partial int foresee_gradients(nint* outputs, nint* grads, int outputCount, nint* inputs, int inputCount,
        int retainGraph, int createGraph, nint* results);
    [LibraryImport(Library)] internal static partial int foresee_set_grad_mode(int enabled);
    [LibraryImport(Library)] internal static partial int foresee_inference_begin(out nint guard);
    [LibraryImport(Library)] internal static partial void foresee_inference_end(nint guard);
    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int foresee_custom_function(nint* inputs, int inputCount, nint* outputs, int outputCount,
        delegate* unmanaged[Cdecl]<nint, nint*, int, nint*, int, int> backward,
        delegate* unmanaged[Cdecl]<nint, void> release, nint context, string name);
    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial void foresee_callback_error(string message);

    [LibraryImport(Library)]
    internal static partial int foresee_gradient_hook(Tensor tensor, delegate* unmanaged[Cdecl]<nint, void> arrived, nint context,
        out nint hook);
    [LibraryImport(Library)] internal static partial void foresee_gradient_hook_release(nint hook);

    [LibraryImport(Library)] internal static partial nint foresee_group_backends();
    [LibraryImport(Library)] internal static partial int foresee_group_new(NativeMeeting* meeting, out nint group);
    [LibraryImport(Library)] internal static partial void foresee_group_release(nint group);
    [LibraryImport(Library)] internal static partial int foresee_group_all_reduce(nint group, Tensor tensor, int greatest, out nint work);
    [LibraryImport(Library)] internal static partial int foresee_group_broadcast(nint group, Tensor tensor, int from, out nint work);
    [LibraryImport(Library)]
    internal static partial int foresee_group_all_gather(nint group, Tensor tensor, nint* gathered, int count, out nint work);
    [LibraryImport(Library)]
    internal static partial int foresee_group_all_to_all(nint group, Tensor tensor, Tensor received, out nint work);
    [LibraryImport(Library)] internal static partial int foresee_group_barrier(nint group, out nint work);
    [LibraryImport(Library)] internal static partial int foresee_work_wait(nint work);
    [LibraryImport(Library)] internal static partial void foresee_work_release(nint work);

    [LibraryImport(Library)] internal static partial int foresee_manual_seed(ulong seed);
    [LibraryImport(Library)]
    internal static partial int foresee_generator_new(int deviceType, int deviceIndex, ulong seed,
        out nint generator);
    [LibraryImport(Library)] internal static partial void foresee_generator_release(nint generator);
    [LibraryImport(Library)] internal static partial int foresee_generator_state(GeneratorHandle generator, out nint state);
    [LibraryImport(Library)] internal static partial int foresee_generator_set_state(GeneratorHandle generator, Tensor state);

    [LibraryImport(Library)] internal static partial nint foresee_torch_version();
    [LibraryImport(Library)] internal static partial int foresee_torch_config(out nint text);
    [LibraryImport(Library)] internal static partial int foresee_threads();
    [LibraryImport(Library)] internal static partial void foresee_set_threads(int count);
    [LibraryImport(Library)] internal static partial int foresee_cuda_devices();
    [LibraryImport(Library)] internal static partial int foresee_malloc_keep();
}

/// <summary>foresee_tensor_info</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct NativeTensorInfo
{
    public long Elements;
    public int Dimensions, DType, DeviceType, DeviceIndex, RequiresGrad, IsLeaf, IsContiguous, IsChannelsLast;
}

/// <summary>foresee_meeting</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct NativeMeeting
{
    public byte* Backend, Host, Prefix, Address;
    public long JoinMilliseconds, TimeoutMilliseconds;
    public int Port, Serves, Rank, Ranks;
}

/// <summary>foresee_kind</summary>
internal enum ValueKind
{
    None, Tensor, Int, Double, Bool, String, Device, Generator,
    IntList, DoubleList, BoolList, TensorList, OptionalTensorList, Default,
}

/// <summary>foresee_value</summary>
[StructLayout(LayoutKind.Explicit, Size = 16)]
internal struct NativeValue
{
    [FieldOffset(0)] public ValueKind Kind;
    [FieldOffset(4)] public int Length;
    [FieldOffset(8)] public long Integer;
    [FieldOffset(8)] public double Real;
    [FieldOffset(8)] public nint Pointer;
}
