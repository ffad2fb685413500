using System.Text;
using Foresee.Torch.Files;

namespace Foresee.Torch.Tests.Files;

public sealed class NumpyFileTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("foresee-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    /// <summary>Arrays that NumPy saved: read, and written again to the same bytes.</summary>
    [Theory]
    [InlineData("float32", DType.Float32, "2,3")]
    [InlineData("float64", DType.Float64, "3")]
    [InlineData("int64", DType.Int64, "2,2,2")]
    [InlineData("int32", DType.Int32, "4,1")]
    [InlineData("uint8", DType.UInt8, "5")]
    [InlineData("scalar", DType.Float32, "")]
    public void A_file_of_NumPy_is_read_and_written_byte_for_byte(string name, DType type, string shape)
    {
        using var scope = TensorScope.Begin();
        var source = Fixtures.Path(name + ".npy");
        var tensor = NumpyFile.Read(source);
        Assert.Equal(type, tensor.DType);
        Assert.Equal(shape, string.Join(",", tensor.Shape));
        var expected = name switch
        {
            "float32" => [0, 0.25, 0.5, 0.75, 1, 1.25],
            "float64" => [0, 1 / 3.0, 2 / 3.0],
            "scalar" => [1.5],
            _ => Enumerable.Range(0, (int)tensor.Elements).Select(i => (double)i).ToArray(),
        };
        Assert.Equal(expected, tensor.ToArray<double>());
        var copy = Path.Combine(folder, "copy.npy");
        NumpyFile.Write(copy, tensor);
        Assert.Equal(File.ReadAllBytes(source), File.ReadAllBytes(copy));
    }

    [Fact]
    public void A_view_is_written_in_row_major_order()
    {
        using var scope = TensorScope.Begin();
        var path = Path.Combine(folder, "view.npy");
        NumpyFile.Write(path, Tensor.From([1f, 2, 3, 4, 5, 6], 2, 3).T());
        Assert.Equal([1f, 4, 2, 5, 3, 6], NumpyFile.Read(path).ToArray<float>());
    }

    [Fact]
    public void Bf16_is_refused_with_a_remedy()
    {
        using var scope = TensorScope.Begin();
        Assert.Contains("To(DType.Float32)", Assert.Throws<ArgumentException>(
            () => NumpyFile.Write(Path.Combine(folder, "x"), Tensor.Zeros([1], DType.BFloat16))).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{'descr': '<c8', 'fortran_order': False, 'shape': (1,), }", 8, "known element types")]
    [InlineData("{'descr': '<f4', 'fortran_order': True, 'shape': (1, 1), }", 4, "column by column")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (3,), }", 8, "takes 12 bytes, the file holds 8")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999,), }", 8, "the file holds 8")]
    [InlineData("nonsense", 0, "can't read an array")]
    public void A_header_that_lies_is_refused(string header, int dataBytes, string reason)
    {
        var path = Path.Combine(folder, "bad.npy");
        byte[] start = [0x93, .. "NUMPY"u8, 1, 0, (byte)header.Length, 0];
        File.WriteAllBytes(path, [.. start, .. Encoding.ASCII.GetBytes(header), .. new byte[dataBytes]]);
        Assert.Contains(reason, Assert.Throws<InvalidDataException>(() => NumpyFile.Read(path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_cut_or_foreign_file_is_refused()
    {
        var path = Path.Combine(folder, "cut.npy");
        var whole = File.ReadAllBytes(Fixtures.Path("float32.npy"));
        foreach (var length in new[] { 0, 5, 9, 50, 130, whole.Length - 1 })
        {
            File.WriteAllBytes(path, whole[..length]);
            Assert.Throws<InvalidDataException>(() => NumpyFile.Read(path));
        }
    }
}
