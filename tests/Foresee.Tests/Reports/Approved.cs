using System.Runtime.CompilerServices;

namespace Foresee.Tests.Reports;

/// <summary>Compares with a file that a person has looked at and approved; it stands beside the test.</summary>
internal static class Approved
{
    public static void Check(string name, string text, [CallerFilePath] string test = "")
    {
        var approved = Path.Combine(Path.GetDirectoryName(test)!, $"{name}.approved");
        var received = Path.Combine(Path.GetDirectoryName(test)!, $"{name}.received");
        if (File.Exists(approved) && File.ReadAllText(approved) == text)
        {
            File.Delete(received);
            return;
        }
        File.WriteAllText(received, text);
        Assert.Fail($"'{received}' differs from '{approved}'. Look at the difference; if it is meant, rename the first to the second.");
    }
}
