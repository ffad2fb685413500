using Foresee.Torch;
using Foresee.Torch.Distributed;

namespace Foresee.Encoders.Spectral;

/// <summary>
/// What codes have in common, summed over images and their mirror images. With a the code of a place and ā its sum over an image:
/// <code>
/// V = Σ a aᵀ                 over all places
/// C = Σ ā āᵀ                 over all images
/// L = n V - C                n places in each image; half the sum over all pairs of its places of (a_i - a_j)(a_i - a_j)ᵀ
/// </code>
/// The mirror image of an atom is an atom, so both matrices fall into two of half the size: one of e_k = a_2k + a_(2k+1), which mirroring
/// leaves as it is, and one of o_k = a_2k - a_(2k+1), whose sign it turns.
/// </summary>
/// <remarks>V is counted in integers, C summed in f64. Of 8192 atoms V takes 134 MB and C 268 MB, however many the images.</remarks>
internal sealed class CodeMoments : IDisposable
{
    private const int Chunks = 64;
    private const int Rows = 512;               // images whose sums are multiplied together
    private readonly int half;
    private readonly int[] pairs;               // [h, h, 2], l >= k: how often k and l, or their mirror images, met; one and the other's
    private readonly Tensor even, odd;          // f64 [h, h]: C, but for
    private readonly Tensor sums, differences;  // [Rows, h]: ā of images not yet in C, its even and odd part
    private int waiting;                        // how many

    public CodeMoments(int half)
    {
        this.half = half;
        pairs = new int[2L * half * half];
        using var scope = TensorScope.Begin();
        (even, odd) = (Owned(half, DType.Float64), Owned(half, DType.Float64));
        (sums, differences) = (Owned(Rows, DType.Float32), Owned(Rows, DType.Float32));

        Tensor Owned(int rows, DType type) => TensorScope.Detach(Tensor.Zeros([rows, half], type));
    }

    /// <summary>The images counted.</summary>
    public long Images { get; private set; }

    /// <param name="images">Their codes, all of as many places.</param>
    public void Add(IReadOnlyList<SparseCodes> images, CancellationToken cancel = default)
    {
        Images += images.Count;
        AddPairs(images, cancel);
        var plus = sums.Data<float>();
        var minus = differences.Data<float>();
        foreach (var image in images)
        {
            foreach (var atom in image.All)
            {
                plus[waiting * half + atom / 2]++;
                minus[waiting * half + atom / 2] += atom % 2 == 0 ? 1 : -1;
            }
            if (++waiting == Rows) Multiply();
        }
    }

    /// <summary>What all ranks have counted, on all of them: whole numbers, so that it is what one would count.</summary>
    public void Sum(ProcessGroup group)
    {
        Multiply();
        using (var shared = Tensor.Share(pairs, pairs.Length)) group.Sum(shared);
        group.Sum(even);
        group.Sum(odd);
    }

    /// <summary>f32 adds up whole numbers of some images almost without rounding, f64 those of all.</summary>
    private void Multiply()
    {
        using var scope = TensorScope.Begin();
        even.Add_(sums.T().MatMul(sums).To(DType.Float64));
        odd.Add_(differences.T().MatMul(differences).To(DType.Float64));
        sums.Zero_();
        differences.Zero_();
        waiting = 0;
    }

    /// <summary>A row of counts stays in the cache while all places that have its atom are gone through.</summary>
    private void AddPairs(IReadOnlyList<SparseCodes> images, CancellationToken cancel)
    {
        var starts = new int[half + 1];         // of the occurrences of each pair of atoms
        foreach (var image in images)
            foreach (var atom in image.All) starts[atom / 2]++;
        for (var k = 1; k <= half; k++) starts[k] += starts[k - 1];
        var occurrences = new (int Image, int From, int To)[starts[half]];
        for (var i = 0; i < images.Count; i++)
            for (var place = 0; place < images[i].Places; place++)
            {
                var all = images[i].All;
                var (from, count) = images[i].At(place).GetOffsetAndLength(all.Length);
                for (var at = from; at < from + count; at++) occurrences[--starts[all[at] / 2]] = (i, at, from + count);
            }
        Engine.ParallelJobs(Chunks, chunk =>
        {
            for (var k = chunk * half / Chunks; k < (chunk + 1) * half / Chunks; k++)
            {
                var row = pairs.AsSpan(2 * half * k, 2 * half);
                foreach (var (image, from, to) in occurrences.AsSpan(starts[k]..starts[k + 1]))
                {
                    var together = images[image].All[from..to];
                    var mirrored = together[0] % 2;
                    foreach (var other in together) row[other ^ mirrored]++;
                }
            }
        }, cancel);
    }

    /// <summary>V and C, f64 [h, h], of what mirroring leaves as it is.</summary>
    public MomentPair Even()
    {
        using var scope = TensorScope.Begin();
        Multiply();
        return new(scope.Keep(Counts(sign: 1)), scope.Keep(even.Clone()));
    }

    /// <summary>V and C, f64 [h, h], of what mirroring turns.</summary>
    public MomentPair Odd()
    {
        using var scope = TensorScope.Begin();
        Multiply();
        return new(scope.Keep(Counts(sign: -1)), scope.Keep(odd.Clone()));
    }

    private Tensor Counts(int sign)
    {
        var result = Tensor.Empty([half, half], DType.Float64);
        var values = result.Data<double>();
        for (var k = 0; k < half; k++)
            for (var l = k; l < half; l++)
            {
                var at = 2 * (half * k + l);
                // Where a patch has an atom and its mirror image, they meet twice.
                values[k * half + l] = values[l * half + k] = pairs[at] + sign * (l == k ? 2 : 1) * pairs[at + 1];
            }
        return result;
    }

    public void Dispose()
    {
        even.Dispose();
        odd.Dispose();
        sums.Dispose();
        differences.Dispose();
    }
}

/// <param name="V">f64 [h, h], Σ a aᵀ over places.</param>
/// <param name="C">f64 [h, h], Σ ā āᵀ over images.</param>
internal readonly record struct MomentPair(Tensor V, Tensor C);
