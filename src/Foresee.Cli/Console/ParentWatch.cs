using System.Diagnostics;

namespace Foresee.Cli;

/// <summary>
/// A program that another one started ends with that one, even if it is killed: where the variable is 1, standard input is a pipe that the
/// other holds and writes nothing into, and the end of the input is the end of the other. What is finished is on disk, as after any kill.
/// </summary>
internal static class ParentWatch
{
    public const string Variable = "FORESEE_ENDS_WITH_INPUT";

    public static void Begin()
    {
        if (Environment.GetEnvironmentVariable(Variable) != "1") return;
        Environment.SetEnvironmentVariable(Variable, null); // what this program starts has another input
        new Thread(EndWithInput) { IsBackground = true, Name = "parent" }.Start();
    }

    private static void EndWithInput()
    {
        try
        {
            using var input = Console.OpenStandardInput();
            while (input.ReadByte() >= 0)
            {
            }
        }
        catch (IOException)
        {
            // nobody holds the other end
        }
        Process.GetCurrentProcess().Kill(); // nobody is left to be told anything
    }
}
