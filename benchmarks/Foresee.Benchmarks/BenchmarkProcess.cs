using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Foresee.Benchmarks;

/// <summary>
/// A side in a process of its own, told by lines what to do: "check" or "measure SECONDS". It answers each with a line of JSON, and
/// ends when its input does. benchmarks/baseline/baseline.py speaks the same.
/// </summary>
public sealed class BenchmarkProcess : IDisposable
{
    private static readonly JsonSerializerOptions names = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };
    private readonly Process process;
    private readonly Task<string> errors;

    public BenchmarkProcess(Side side, ProcessStartInfo start)
    {
        Side = side;
        (start.RedirectStandardInput, start.RedirectStandardOutput, start.RedirectStandardError) = (true, true, true);
        process = Process.Start(start) ?? throw new IOException($"{start.FileName} can't be started.");
        errors = process.StandardError.ReadToEndAsync();
    }

    public Side Side { get; }

    public double[] Check() => Ask<Values>("check").Numbers;

    public Measurement Measure(double seconds) => Ask<Measurement>(string.Create(CultureInfo.InvariantCulture, $"measure {seconds}"));

    /// <summary>The other end: does what the lines say.</summary>
    public static void Serve(IWork work, TextReader commands, TextWriter answers)
    {
        while (commands.ReadLine() is { } line)
        {
            var words = line.Split(' ');
            answers.WriteLine(words[0] switch
            {
                "check" => JsonSerializer.Serialize(new Values(work.Check()), names),
                "measure" => JsonSerializer.Serialize(work.Measure(double.Parse(words[1], CultureInfo.InvariantCulture)), names),
                _ => throw new ArgumentException($"A side of a comparison knows 'check' and 'measure SECONDS', got '{line}'."),
            });
            answers.Flush();
        }
    }

    private T Ask<T>(string command)
    {
        try
        {
            process.StandardInput.WriteLine(command);
            process.StandardInput.Flush();
        }
        catch (IOException)
        {
            // It has ended; the missing answer tells why.
        }
        var answer = process.StandardOutput.ReadLine();
        try
        {
            if (answer is not null) return JsonSerializer.Deserialize<T>(answer, names)!;
        }
        catch (JsonException)
        {
            throw new InvalidOperationException($"{Side.Name} answered '{command}' with '{answer}' instead of a line of JSON.");
        }
        var last = errors.Result.Split('\n', StringSplitOptions.RemoveEmptyEntries).LastOrDefault();
        throw new InvalidOperationException($"{Side.Name} ended instead of answering '{command}'; its last words: {last ?? "none"}");
    }

    public void Dispose()
    {
        process.StandardInput.Close();
        if (!process.WaitForExit(TimeSpan.FromSeconds(10))) process.Kill(entireProcessTree: true);
        process.Dispose();
    }

    private sealed record Values([property: JsonPropertyName("values")] double[] Numbers);
}
