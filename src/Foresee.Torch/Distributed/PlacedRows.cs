using System.Runtime.InteropServices;

namespace Foresee.Torch.Distributed;

/// <summary>Rows of numbers, each with its place in a whole that several ranks make together.</summary>
/// <param name="Values">One row behind the other, all of one length.</param>
public sealed record PlacedRows(int[] Places, float[] Values)
{
    /// <summary>Of one row; 0 where there is none.</summary>
    public int Width => Places.Length == 0 ? 0 : Values.Length / Places.Length;

    public byte[] ToBytes() =>
        [.. BitConverter.GetBytes(Places.Length), .. MemoryMarshal.AsBytes<int>(Places), .. MemoryMarshal.AsBytes<float>(Values)];

    public static PlacedRows Read(byte[] bytes)
    {
        var numbers = MemoryMarshal.Cast<byte, int>(bytes);
        return new(numbers.Slice(1, numbers[0]).ToArray(), MemoryMarshal.Cast<int, float>(numbers[(1 + numbers[0])..]).ToArray());
    }
}
