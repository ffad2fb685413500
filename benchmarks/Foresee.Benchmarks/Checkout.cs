namespace Foresee.Benchmarks;

/// <summary>The folder of the sources that this program was built in, for what is run from there.</summary>
internal static class Checkout
{
    /// <summary>A file in it.</summary>
    /// <exception cref="FileNotFoundException">The program was moved out of its checkout.</exception>
    public static string Find(string file)
    {
        for (var folder = AppContext.BaseDirectory; folder is not null; folder = Path.GetDirectoryName(folder))
        {
            var found = Path.Combine(folder, file);
            if (File.Exists(Path.Combine(folder, "Foresee.slnx")) && File.Exists(found)) return found;
        }
        throw new FileNotFoundException($"{file} is not above {AppContext.BaseDirectory}; start benchmarks/run inside a checkout of "
            + "Foresee.");
    }
}
