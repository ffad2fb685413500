using System.Runtime.InteropServices;
using Foresee.Torch.Interop;

namespace Foresee.Torch;

/// <summary>
/// An n-dimensional array of libtorch, in PyTorch's words. It belongs to the innermost open <see cref="TensorScope"/> of the
/// thread that made it; without one, dispose it. It is itself the handle, one counted reference to libtorch's tensor: one object a
/// call instead of two. A finaliser frees what nobody disposed; it is the net, not the plan.
/// </summary>
public sealed partial class Tensor : SafeHandle
{
    private static long living;
    private TensorScope? scope;
    private int place;

    private Tensor(nint pointer) : base(0, ownsHandle: true)
    {
        SetHandle(pointer);
        Interlocked.Increment(ref living);
        TensorScope.Register(this);
    }

    /// <summary>For calls that keep the tensor alive themselves.</summary>
    internal nint Pointer => IsClosed
        ? throw new ObjectDisposedException(nameof(Tensor),
        "This tensor's scope has ended; keep it with TensorScope.Keep or make it outside.")
        : handle;

    internal static Tensor Own(nint pointer) => pointer == 0
        ? throw new TorchException("libtorch gave an undefined tensor where one was expected.")
        : new(pointer);

    /// <summary>Tensors that managed code holds in this process; a step must leave it unchanged.</summary>
    public static long Living => Interlocked.Read(ref living);

    internal void Enter(TensorScope owner, int slot) => (scope, place) = (owner, slot);

    internal void Leave()
    {
        scope?.Remove(place);
        scope = null;
    }

    public override bool IsInvalid => handle == 0;

    protected override void Dispose(bool disposing)
    {
        if (disposing) Leave(); // a finaliser must not touch the scope: it is another thread's
        base.Dispose(disposing);
    }

    protected override bool ReleaseHandle()
    {
        Interlocked.Decrement(ref living);
        Native.foresee_tensor_release(handle);
        return true;
    }

    // ---- What it is ----

    private NativeTensorInfo Info
    {
        get
        {
            Native.Check(Native.foresee_tensor_describe(this, out var info));
            return info;
        }
    }

    /// <summary>Number of elements.</summary>
    public long Elements => Info.Elements;
    public int Dimensions => Info.Dimensions;
    public DType DType => (DType)Info.DType;
    public Device Device => Info is var info ? new((DeviceType)info.DeviceType, info.DeviceIndex) : default;
    public bool IsContiguous => Info.IsContiguous != 0;
    public bool IsChannelsLast => Info.IsChannelsLast != 0;
    public bool IsLeaf => Info.IsLeaf != 0;

    public unsafe long[] Shape
    {
        get
        {
            var sizes = stackalloc long[64];
            Native.Check(Native.foresee_tensor_shape(this, sizes, null, 64));
            return new Span<long>(sizes, Dimensions).ToArray();
        }
    }

    /// <summary>The size of one dimension; negative counts from the end.</summary>
    public long Size(int dimension)
    {
        var shape = Shape;
        return shape[dimension < 0 ? dimension + shape.Length : dimension];
    }

    public override string ToString() => IsClosed ? "Tensor (disposed)" : $"Tensor [{string.Join(", ", Shape)}] {DType} {Device}";

    // ---- Memory ----

    /// <summary>
    /// The tensor's memory itself, without a copy. Valid while the tensor lives; needs a contiguous CPU tensor of elements T.
    /// </summary>
    public unsafe Span<T> Data<T>() where T : unmanaged
    {
        var info = Info;
        if ((DType)info.DType != DTypes.Of<T>())
            throw new ArgumentException($"The tensor holds {(DType)info.DType}, asked for {typeof(T).Name}; convert it with "
                + $"To({DTypes.Of<T>()}).");
        if ((DeviceType)info.DeviceType != DeviceType.Cpu)
            throw new ArgumentException($"The tensor is on {Device}; copy it with To(Device.Cpu).");
        if (info.IsContiguous == 0 && info.IsChannelsLast == 0)
            throw new ArgumentException("The tensor is not contiguous; call Contiguous() first.");
        return new((void*)DataPointer, checked((int)info.Elements));
    }

    /// <summary>The first element's address; valid while the tensor lives.</summary>
    internal nint DataPointer
    {
        get
        {
            Native.Check(Native.foresee_tensor_data(this, out var data));
            return data;
        }
    }

    /// <summary>A copy of the elements in row-major order, from any device and layout.</summary>
    public T[] ToArray<T>() where T : unmanaged
    {
        using var scope = TensorScope.Begin();
        return Detach().To(Device.Cpu).To(DTypes.Of<T>()).Contiguous().Data<T>().ToArray();
    }

    /// <summary>The only element.</summary>
    public double ToDouble()
    {
        using var scope = TensorScope.Begin();
        return (double)Ops.Item.CallAll(To(DType.Float64))[0]!;
    }

    public long ToInt64()
    {
        using var scope = TensorScope.Begin();
        return (long)Ops.Item.CallAll(To(DType.Int64))[0]!;
    }

    /// <summary>A copy of managed data as a CPU tensor; without a shape, of one dimension.</summary>
    public static Tensor From<T>(ReadOnlySpan<T> data, params long[] shape) where T : unmanaged
    {
        if (shape.Length == 0) shape = [data.Length];
        var tensor = Empty(shape, DTypes.Of<T>());
        if (tensor.Elements != data.Length)
        {
            tensor.Dispose();
            throw new ArgumentException($"Shape [{string.Join(", ", shape)}] does not fit {data.Length} elements.");
        }
        data.CopyTo(tensor.Data<T>());
        return tensor;
    }

    public static Tensor From<T>(T[] data, params long[] shape) where T : unmanaged => From<T>(data.AsSpan(), shape);

    /// <summary>
    /// A CPU tensor over the array itself, without a copy: both see each other's writes. The array stays pinned while the tensor lives.
    /// </summary>
    public static unsafe Tensor Share<T>(T[] data, params long[] shape) where T : unmanaged
    {
        var count = shape.Aggregate(1L, (product, size) => product * size);
        if (count != data.Length) throw new ArgumentException($"Shape [{string.Join(", ", shape)}] does not fit {data.Length} elements.");
        var pin = GCHandle.Alloc(data, GCHandleType.Pinned);
        nint tensor;
        int status;
        fixed (long* sizes = shape)
            status = Native.foresee_tensor_from_memory(pin.AddrOfPinnedObject(), sizes, shape.Length, (int)DTypes.Of<T>(),
                &Unpin, GCHandle.ToIntPtr(pin), out tensor);
        if (status != 0) pin.Free();
        Native.Check(status);
        return Own(tensor);
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(System.Runtime.CompilerServices.CallConvCdecl)])]
    private static void Unpin(nint pin) => GCHandle.FromIntPtr(pin).Free();
}
