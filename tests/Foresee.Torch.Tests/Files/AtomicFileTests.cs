using System.Diagnostics;
using Foresee.Torch.Files;

namespace Foresee.Torch.Tests.Files;

public sealed class AtomicFileTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("foresee-atomic-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private string At(string name) => Path.Combine(folder, name);

    private string[] Names => [.. Directory.EnumerateFileSystemEntries(folder).Select(path => Path.GetFileName(path))
        .Order(StringComparer.Ordinal)];

    [Fact]
    public void The_file_is_seen_under_its_name_only_when_it_is_whole()
    {
        var file = At("deep/a.txt");
        AtomicFile.Write(file, stream =>
        {
            stream.Write("half"u8);
            stream.Flush();
            Assert.Equal([AtomicFile.Beside(file)], Directory.GetFiles(At("deep")));
            stream.Write(" and whole"u8);
        });
        Assert.Equal("half and whole", File.ReadAllText(file));
        AtomicFile.Write(file, "größe");
        Assert.Equal("größe"u8, File.ReadAllBytes(file)); // no byte order mark
        Assert.Single(Directory.GetFiles(At("deep")));
    }

    [Fact]
    public void A_write_that_fails_leaves_the_old_content_and_nothing_beside_it()
    {
        AtomicFile.Write(At("a.txt"), "old");
        Assert.Throws<TimeoutException>(() => AtomicFile.Write(At("a.txt"), stream =>
        {
            stream.Write("new"u8);
            stream.Flush();
            throw new TimeoutException();
        }));
        Assert.Equal("old", File.ReadAllText(At("a.txt")));
        Assert.Equal(["a.txt"], Names);
    }

    [Fact]
    public void A_rename_that_fails_leaves_nothing_beside()
    {
        Directory.CreateDirectory(At("a.txt")); // a folder of that name stands in the way
        Assert.ThrowsAny<SystemException>(() => AtomicFile.Write(At("a.txt"), "new"));
        Assert.Equal(["a.txt"], Names);
    }

    [Fact]
    public void Only_what_dead_processes_of_this_machine_left_or_nobody_wrote_to_for_a_day_is_deleted()
    {
        using var dead = Process.Start("/bin/true");
        dead.WaitForExit();
        string OfThis(string name, int process) =>
            Path.GetFileName(AtomicFile.Beside(name)).Replace($".{Environment.ProcessId}.", $".{process}.", StringComparison.Ordinal);
        string[] stay = [OfThis("a", Environment.ProcessId), "a.tmp", $"a.{dead.Id}.txt", "a.0.tmp", "a.99999999999.tmp", $"{dead.Id}.tmp",
            $"a.another-machine.{dead.Id}.tmp", $"a.bin.{dead.Id}.tmp", $"b.{dead.Id}.part"];
        string[] old = ["a.txt", "old.tmp", $"old.{dead.Id}.txt"];
        string[] go = [OfThis("a.bin", dead.Id), $"old.another-machine.{dead.Id}.tmp", $"old.bin.{dead.Id}.tmp", $"old.{dead.Id}.part"];
        foreach (var name in stay.Concat(old).Concat(go))
        {
            File.WriteAllText(At(name), "");
            if (name.StartsWith("old", StringComparison.Ordinal)) File.SetLastWriteTimeUtc(At(name), DateTime.UtcNow.AddDays(-1.1));
        }
        Assert.Equal(go.Select(At).Order(), AtomicFile.DeleteLeftovers(folder).Order());
        Assert.Equal(stay.Concat(old).Order(StringComparer.Ordinal), Names);
    }

    [Fact]
    public void A_file_that_another_process_is_writing_is_never_deleted()
    {
        var file = At("a.another-machine.1.tmp"); // a slow writer in a container that shares the folder
        using (var writing = new FileStream(file, FileMode.Create, FileAccess.Write, FileShare.None))
        {
            File.SetLastWriteTimeUtc(file, DateTime.UtcNow.AddDays(-2));
            Assert.Empty(AtomicFile.DeleteLeftovers(folder));
        }
        Assert.Equal([file], AtomicFile.DeleteLeftovers(folder));
    }
}
