using Foresee.Images;
using Foresee.Torch;

namespace Foresee.Cli.Tests;

public sealed class FaultTests
{
    private static (int Code, string Line) Told(Exception error)
    {
        using StringWriter output = new(), errors = new() { NewLine = "\n" };
        var code = Fault.Report(error, new Terminal(output, errors, live: false));
        return (code, Assert.Single(errors.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries)));
    }

    public static TheoryData<int, string> SystemErrors => new()
    {
        { 28, "The disk is full" },
        { 122, "Your share of the disk is used up" },
        { 27, "A file may not become so large" },
        { 24, "ulimit -n 1024" },
        { 5, "Check the disk" },
    };

    [Theory]
    [MemberData(nameof(SystemErrors))]
    public void A_limit_of_the_system_is_told_with_its_remedy(int number, string expected)
    {
        var told = Told(new IOException("words of the system : '/x'", number));
        Assert.Equal(ExitCode.Failed, told.Code);
        Assert.Contains(expected, told.Line, StringComparison.Ordinal);
        Assert.Contains("/x", told.Line, StringComparison.Ordinal);
    }

    private static Exception Thrown(Action action) => Record.Exception(action)!;

    public static TheoryData<string> FaultsOfTheProgram => ["null", "overflow", "index", "native"];

    [Theory]
    [MemberData(nameof(FaultsOfTheProgram))]
    public void A_fault_of_the_program_is_told_without_raw_words(string kind)
    {
        string? none = null;
        var many = int.MaxValue;
        var error = Thrown(() => _ = kind switch
        {
            "null" => none!.Length,
            "overflow" => checked(many + 1),
            "index" => Array.Empty<int>()[many],
            _ => throw new TorchException("basic_string::_M_create\nException raised from x"),
        });
        var (code, line) = Told(new AggregateException(error));
        Assert.Equal(ExitCode.Failed, code);
        Assert.StartsWith($"error: Foresee met a fault of its own ({error.GetType().Name} in "
            + $"FaultTests.{nameof(A_fault_of_the_program_is_told_without_raw_words)}). ", line, StringComparison.Ordinal);
        Assert.EndsWith("Put FORESEE_TRACE=1 before the command to see where it happens, and report that.", line,
            StringComparison.Ordinal);
        Assert.DoesNotContain("basic_string", line, StringComparison.Ordinal);
        Assert.DoesNotContain("Object reference", line, StringComparison.Ordinal);
    }

    [Fact]
    public void Memory_that_libtorch_or_the_runtime_lacks_is_told_alike()
    {
        var runtime = Told(new OutOfMemoryException()).Line;
        Assert.Contains("Out of memory", runtime, StringComparison.Ordinal);
        Assert.Equal(runtime,
            Told(new TorchException("[enforce fail at alloc_cpu.cpp:66] . DefaultCPUAllocator: can't allocate memory: you tried to "
            + "allocate 9 bytes.")).Line);
        Assert.Equal(runtime, Told(new TorchException("std::bad_alloc")).Line);
    }

    [Fact]
    public void Own_words_are_one_line_with_names_as_they_are_and_without_the_name_of_a_parameter()
    {
        Assert.Equal("error: a\\u001b[31mb\\nc", Told(Thrown(() => throw new ImageDataException("a\u001b[31mb\nc"))).Line);
        Assert.Equal("error: A mean needs at least one value, got none.", Told(Thrown(() => Evaluation.Statistics.Mean([]))).Line);
        Assert.Equal(ExitCode.Usage, Told(new UsageException("x")).Code);
    }

    [Fact]
    public void The_reporter_says_something_even_where_its_words_fail()
    {
        using StringWriter output = new(), errors = new() { NewLine = "\n" };
        Assert.Equal(ExitCode.Failed, Fault.Report(new Speechless(), new Terminal(output, errors, live: false)));
        Assert.StartsWith("error: Foresee failed", Assert.Single(errors.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries)),
            StringComparison.Ordinal);
    }

    private sealed class Speechless() : IOException("", 0)
    {
        public override string Message => throw new InvalidOperationException();
    }

    [Fact]
    public void The_system_s_reason_is_told_when_the_native_part_does_not_load()
    {
        const string message =
            "Unable to load shared library '/b/x.so' or one of its dependencies. Consider strace.\n/b/x.so: failed to map segment from "
            + "shared object\n"
            + "/b/libx.so: cannot open shared object file: No such file or directory\n";
        Assert.Equal("error: The native part can't be loaded: /b/x.so: failed to map segment from shared object. ./foresee doctor says "
            + "what is missing.",
            Told(new DllNotFoundException(message)).Line);
    }

    [Fact]
    public void The_reporter_does_not_fail_when_nobody_can_read_it()
    {
        using var closed = new StreamWriter(new FileStream("/dev/full", FileMode.Open, FileAccess.Write)) { AutoFlush = true };
        Assert.Equal(ExitCode.Failed, Fault.Report(new IOException("x"), new Terminal(closed, closed, live: false)));
        try { closed.Dispose(); }
        catch (IOException) { } // its buffer is still full
    }
}
