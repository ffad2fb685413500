using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using Foresee.Images.Decoding;

namespace Foresee.Images;

/// <summary>Some images of a source, in an order of one's own. Hash: over the source's and the choice.</summary>
/// <param name="indices">Of the source.</param>
public sealed class ImageSelection(IImageSource source, int[] indices, string name) : IImageSource
{
    public string Name => name;
    public int Count => indices.Length;

    public string Describe(int index) => source.Describe(indices[index]);
    public Image Read(int index) => source.Read(indices[index]);
    public Image Read(int index, InputFormat fit) => source.Read(indices[index], fit);
    public void ReadPlanes(int index, InputFormat fit, Span<byte> planes) => source.ReadPlanes(indices[index], fit, planes);
    public bool Holds(InputFormat fit) => source.Holds(fit);
    public PictureHeader Look(int index) => source.Look(indices[index]);
    public IReadOnlyList<PassedOver> PassedOver => source.PassedOver;

    public string Hash(CancellationToken cancel = default) =>
        Convert.ToHexStringLower(SHA256.HashData([.. Encoding.UTF8.GetBytes(source.Hash(cancel)), .. MemoryMarshal.AsBytes<int>(indices)]));
}
