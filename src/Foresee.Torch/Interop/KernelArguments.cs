using System.Runtime.InteropServices;

namespace Foresee.Torch.Interop;

/// <content>What the kernels are given, pinned while they run.</content>
public static unsafe partial class Kernels
{
    /// <summary>Several tensors as an array of C, until disposed.</summary>
    private sealed class Arrays : IDisposable
    {
        private readonly NativeArray[] arrays;
        private GCHandle pin;

        public Arrays(Tensor[] tensors)
        {
            Tensors = tensors;
            arrays = Array.ConvertAll(tensors, Of);
            pin = GCHandle.Alloc(arrays, GCHandleType.Pinned);
        }

        public Tensor[] Tensors { get; }
        public NativeArray* Pointer => (NativeArray*)pin.AddrOfPinnedObject();
        public int Length => arrays.Length;

        public void Dispose()
        {
            pin.Free();
            GC.KeepAlive(Tensors);
        }
    }

    /// <summary>Vectors must be contiguous; of other weights any strides will do.</summary>
    private static Tensor[] Ready(Tensor[] weights) => Array.ConvertAll(weights, w => w.Dimensions == 1 ? w.Contiguous() : w);

    private static Given<NativePatchEncoder> Encoder(Tensor patches, Tensor[] weights, long[] architecture) =>
        new(patches, weights, architecture, (pointer, weightsPointer, numbers) => new()
        {
            Patches = pointer,
            Weights = weightsPointer,
            Architecture = numbers,
            WeightCount = weights.Length,
            ArchitectureCount = architecture.Length,
        });

    private static Given<NativeGridPredictions> Grid(Tensor grid, Tensor[] weights, int direction, long[] offsets, long chunk,
        double scale) => new(grid, weights, offsets, (pointer, weightsPointer, numbers) => new()
        {
            Grid = pointer,
            Weights = weightsPointer,
            Offsets = numbers,
            Chunk = chunk,
            Scale = scale,
            Direction = direction,
            WeightCount = weights.Length,
            OffsetCount = offsets.Length,
        });

    private delegate T Fill<T>(NativeArray* tensor, NativeArray* weights, long* numbers);

    /// <summary>A tensor, weights and numbers as one structure T that points to them.</summary>
    private sealed class Given<T> : IDisposable where T : unmanaged
    {
        private readonly Arrays tensor, weights;
        private GCHandle numbers, input;

        public Given(Tensor tensor, Tensor[] weights, long[] numbers, Fill<T> fill)
        {
            (this.tensor, this.weights) = (new([tensor.Contiguous()]), new(Ready(weights)));
            this.numbers = GCHandle.Alloc(numbers, GCHandleType.Pinned);
            var filled = fill(this.tensor.Pointer, this.weights.Pointer, (long*)this.numbers.AddrOfPinnedObject());
            input = GCHandle.Alloc(filled, GCHandleType.Pinned);
        }

        public T* Input => (T*)input.AddrOfPinnedObject();

        public void Dispose()
        {
            input.Free();
            numbers.Free();
            weights.Dispose();
            tensor.Dispose();
        }
    }
}
