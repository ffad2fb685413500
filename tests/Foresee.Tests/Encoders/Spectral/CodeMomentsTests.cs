using Foresee.Encoders.Spectral;
using Foresee.Torch;

namespace Foresee.Tests.Encoders.Spectral;

public sealed class CodeMomentsTests
{
    private const int Half = 5;

    /// <summary>Codes by chance; with some atoms rarer than others, and places without any.</summary>
    private static SparseCodes[] Drawn(int images, int places)
    {
        var random = new Random(3);
        return [.. Enumerable.Range(0, images).Select(_ =>
        {
            var codes = new SparseCodes();
            for (var place = 0; place < places; place++)
                codes.Add([.. Enumerable.Range(0, 2 * Half).Where(atom => random.Next(12) < 1 + atom % 4).Select(atom => (ushort)atom)]);
            return codes;
        })];
    }

    /// <summary>a of each place of an image, and of its mirror image: every atom's partner.</summary>
    private static double[][] Dense(SparseCodes codes, bool mirrored) => [.. Enumerable.Range(0, codes.Places).Select(place =>
    {
        var a = new double[2 * Half];
        foreach (var atom in codes.All[codes.At(place)]) a[mirrored ? atom ^ 1 : atom] = 1;
        return a;
    })];

    /// <summary>Bᵀ M B, where B's columns are (1, ±1) / √2 at 2 k and 2 k + 1.</summary>
    private static double[,] Part(double[,] m, int sign)
    {
        var part = new double[Half, Half];
        for (var k = 0; k < Half; k++)
            for (var l = 0; l < Half; l++)
                part[k, l] = (m[2 * k, 2 * l] + m[2 * k + 1, 2 * l + 1] + sign * (m[2 * k, 2 * l + 1] + m[2 * k + 1, 2 * l])) / 2;
        return part;
    }

    private static void Close(double[,] expected, Tensor actual)
    {
        var values = actual.ToArray<double>();
        for (var i = 0; i < values.Length; i++) Assert.Equal(expected[i / Half, i % Half], values[i], 1e-4);
    }

    [Fact]
    public void The_laplacian_is_half_the_sum_over_pairs_of_places_of_images_and_mirror_images()
    {
        using var scope = TensorScope.Begin();
        var images = Drawn(3, 7);
        var (laplacian, second) = (new double[2 * Half, 2 * Half], new double[2 * Half, 2 * Half]);
        foreach (var codes in images)
            foreach (var mirrored in new[] { false, true })
            {
                var a = Dense(codes, mirrored);
                for (var k = 0; k < 2 * Half; k++)
                    for (var l = 0; l < 2 * Half; l++)
                    {
                        second[k, l] += a.Sum(x => x[k] * x[l]);
                        laplacian[k, l] += a.Sum(x => a.Sum(y => (x[k] - y[k]) * (x[l] - y[l]))) / 2;
                    }
            }
        using var moments = new CodeMoments(Half);
        moments.Add(images[..2]);
        moments.Add(images[2..]); // in two batches
        Assert.Equal(3, moments.Images);
        foreach (var (sign, (v, c)) in new[] { (1, moments.Even()), (-1, moments.Odd()) })
        {
            var actual = v * 7 - c;
            Close(Part(second, sign), v);
            Close(Part(laplacian, sign), actual);
            var least = actual.SymmetricEigen().Values.ToArray<double>()[0];
            Assert.True(least > -1e-6, $"eigenvalue {least}");
            // nothing in common between what mirroring keeps and what it turns
            for (var k = 0; k < Half; k++)
                for (var l = 0; l < Half; l++)
                    Assert.Equal(laplacian[2 * k, 2 * l] + laplacian[2 * k + 1, 2 * l],
                        laplacian[2 * k, 2 * l + 1] + laplacian[2 * k + 1, 2 * l + 1], 1e-9);
        }
    }

    [Fact]
    public void The_embedding_whitens_the_codes_and_solves_the_eigenproblem()
    {
        using var scope = TensorScope.Begin();
        using var moments = new CodeMoments(Half);
        moments.Add(Drawn(20, 9));
        foreach (var pair in new[] { moments.Even(), moments.Odd() })
        {
            var basis = SpectralBasis.Of(pair, 4, 1e-12);
            var p = basis.Rows;                                                        // [4, h]
            var identity = p.MatMul(pair.V).MatMul(p.T()) - Tensor.Invoke("aten::eye", "", 4);
            Assert.True(identity.Abs().Max().ToDouble() < 1e-9);
            var residual = pair.C.MatMul(p.T()) - pair.V.MatMul(p.T()) * basis.Values; // [h, 4]
            Assert.True(residual.Abs().Max().ToDouble() < 1e-8);
            var values = basis.Values.ToArray<double>();
            Assert.Equal(values.OrderDescending(), values);
        }
    }

    [Fact]
    public void With_one_atom_at_each_place_the_same_for_all_costs_nothing()
    {
        using var scope = TensorScope.Begin();
        using var moments = new CodeMoments(Half);
        var random = new Random(1);
        moments.Add([.. Enumerable.Range(0, 30).Select(_ =>
        {
            var codes = new SparseCodes();
            for (var place = 0; place < 6; place++) codes.Add((ushort)random.Next(2 * Half));
            return codes;
        })]);
        var basis = SpectralBasis.Of(moments.Even(), 2, 1e-12);
        var values = basis.Values.ToArray<double>();
        Assert.Equal(6, values[0], 1e-8); // n - μ = 0
        Assert.True(values[1] < 5.9);
        var first = basis.Rows.Select(0, 0).ToArray<double>();
        Assert.All(first, value => Assert.Equal(first[0], value, 1e-8));
    }

    [Fact]
    public void Atoms_on_a_ring_that_occur_with_their_neighbours_lie_on_a_circle()
    {
        const int ring = 12;
        using var scope = TensorScope.Begin();
        using var moments = new CodeMoments(ring);
        moments.Add([.. Enumerable.Range(0, ring).Select(k =>
        {
            var codes = new SparseCodes();
            codes.Add((ushort)(2 * k));
            codes.Add((ushort)(2 * ((k + 1) % ring)));
            return codes;
        })]);
        var basis = SpectralBasis.Of(moments.Even(), 3, 1e-12);
        // V = 2 I and C = circulant (2, 1, 0, ..., 1): μ_j = 1 + cos(2π j / ring), each but the first twice
        var once = 1 + Math.Cos(2 * Math.PI / ring);
        double[] expected = [2, once, once];
        var values = basis.Values.ToArray<double>();
        for (var j = 0; j < 3; j++) Assert.Equal(expected[j], values[j], 1e-9);
        var rows = basis.Rows.ToArray<double>(); // [3, ring]
        var radius = Math.Sqrt(1.0 / ring);      // of √(2/ring) cos and sin, over the √2 of V
        for (var k = 0; k < ring; k++)
        {
            var next = (k + 1) % ring;
            (double x, double y, double u, double v) = (rows[ring + k], rows[2 * ring + k], rows[ring + next], rows[2 * ring + next]);
            Assert.Equal(radius, Math.Sqrt(x * x + y * y), 1e-9);
            Assert.Equal(Math.Cos(2 * Math.PI / ring), (x * u + y * v) / radius / radius, 1e-8);
        }
    }
}
