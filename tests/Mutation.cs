using System.Globalization;

namespace Foresee.Tests;

/// <summary>
/// Bytes changed, left out, doubled and exchanged at random. FORESEE_FUZZ_MINUTES says how long tests do that, FORESEE_FUZZ_SEED how.
/// </summary>
internal static class Mutation
{
    private static readonly string? asked = Environment.GetEnvironmentVariable("FORESEE_FUZZ_MINUTES");

    /// <summary>A few seconds by default.</summary>
    public static double Minutes { get; } = string.IsNullOrEmpty(asked) ? 0.05 : double.Parse(asked, CultureInfo.InvariantCulture);

    public static int Seed { get; } = Environment.GetEnvironmentVariable("FORESEE_FUZZ_SEED") is { Length: > 0 } given
        ? int.Parse(given, CultureInfo.InvariantCulture) : 1;

    /// <summary>Where somebody asked for a time, writes what came of it beside the other temporary files.</summary>
    public static void Tell(string name, string text)
    {
        if (!string.IsNullOrEmpty(asked)) File.WriteAllText(Path.Combine(Path.GetTempPath(), $"foresee-fuzz-{name}.txt"), text + "\n");
    }

    /// <summary>None to five changes.</summary>
    public static byte[] Of(byte[] file, Random random)
    {
        List<byte> bytes = [.. file];
        for (var times = random.Next(6); times > 0 && bytes.Count > 1; times--)
        {
            var at = random.Next(bytes.Count);
            var length = Math.Min(bytes.Count - at, 1 + random.Next(random.Next(2) == 0 ? 4 : 64));
            switch (random.Next(6))
            {
                case 0: bytes[at] = (byte)random.Next(256); break;
                case 1: bytes[at] ^= (byte)(1 << random.Next(8)); break;
                case 2: bytes.RemoveRange(at, length); break;
                case 3: bytes.InsertRange(at, bytes.GetRange(at, length)); break;
                case 4: bytes[at] = random.Next(2) == 0 ? (byte)0 : (byte)255; break;
                default: bytes.RemoveRange(at, bytes.Count - at); break;
            }
        }
        return [.. bytes];
    }
}
