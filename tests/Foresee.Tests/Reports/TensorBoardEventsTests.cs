using System.Buffers.Binary;
using Foresee.Reports;
using Foresee.Reports.TensorBoard;

namespace Foresee.Tests.Reports;

public sealed class TensorBoardEventsTests
{
    private sealed class StoppedClock : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => DateTimeOffset.FromUnixTimeSeconds(1_700_000_000).AddMilliseconds(250);
    }

    /// <summary>CRC-32C bit by bit, with the polynomial as published (Castagnoli, reflected 0x82f63b78).</summary>
    private static uint Checksum(ReadOnlySpan<byte> data)
    {
        var crc = uint.MaxValue;
        foreach (var value in data)
        {
            crc ^= value;
            for (var bit = 0; bit < 8; bit++) crc = (crc & 1) != 0 ? (crc >> 1) ^ 0x82f63b78 : crc >> 1;
        }
        return ~crc;
    }

    private static uint Masked(ReadOnlySpan<byte> data) => Checksum(data) is var crc ? ((crc >> 15) | (crc << 17)) + 0xa282ead8 : 0;

    private static List<Event> Parse(string path)
    {
        var bytes = File.ReadAllBytes(path).AsSpan();
        var events = new List<Event>();
        while (bytes.Length > 0)
        {
            var length = (int)BinaryPrimitives.ReadUInt64LittleEndian(bytes);
            Assert.Equal(Masked(bytes[..8]), BinaryPrimitives.ReadUInt32LittleEndian(bytes[8..]));
            Assert.Equal(Masked(bytes.Slice(12, length)), BinaryPrimitives.ReadUInt32LittleEndian(bytes[(12 + length)..]));
            events.Add(Event.Parser.ParseFrom(bytes.Slice(12, length)));
            bytes = bytes[(16 + length)..];
        }
        return events;
    }

    private static MetricsEntry Entry(long step, double loss) => new(step, 0.5, loss, 321)
    {
        Chance = 6.5,
        Accuracies = new Dictionary<string, IReadOnlyDictionary<string,
            double>>
        { ["down"] = new Dictionary<string, double> { ["2"] = 0.25 } },
        EffectiveRank = step == 20 ? 17.5 : null,
    };

    [Fact]
    // RFC 3720's check value
    public void The_checksum_of_the_test_is_the_published_one() => Assert.Equal(0xe3069283u, Checksum("123456789"u8));

    [Fact]
    public void A_file_begins_as_TensorFlows_own_do()
    {
        using var folder = new TemporaryFolder();
        TensorBoardEvents.Begin(folder.Path, 0, new StoppedClock()).Dispose();
        var bytes = File.ReadAllBytes(Assert.Single(Directory.GetFiles(folder.Path)));
        // 24 bytes, their checksum, field 1: wall time
        Assert.Equal([0x18, 0, 0, 0, 0, 0, 0, 0, 0xa3, 0x7f, 0x4b, 0x22, 0x09], bytes[..13]);
        Assert.Equal([0x1a, 0x0d, .. "brain.Event:2"u8], bytes[21..36]);                        // field 3: file version
        Assert.Equal(40, bytes.Length);
    }

    [Fact]
    public void Every_number_is_read_back_by_the_published_definition()
    {
        using var folder = new TemporaryFolder();
        using (var events = TensorBoardEvents.Begin(folder.Path, 0, new StoppedClock()))
        {
            events.Append(Entry(10, 6.25));
            events.Append(Entry(20, 5.5));
        }
        var path = Assert.Single(Directory.GetFiles(folder.Path));
        Assert.Equal($"events.out.tfevents.1700000000.{Environment.MachineName}", Path.GetFileName(path));
        var read = Parse(path);
        Assert.Equal("brain.Event:2", read[0].FileVersion);
        Assert.All(read, e => Assert.Equal(1_700_000_000.25, e.WallTime));
        Assert.Equal([0, 10, 20], read.Select(e => e.Step));
        Dictionary<string, float> Values(int i) => read[i].Summary.Value.ToDictionary(value => value.Tag, value => value.SimpleValue);
        Assert.Equal(6.25f, Values(1)["loss"]);
        Assert.Equal(5.5f, Values(2)["loss"]);
        Assert.Equal(6.5f, Values(2)["chance"]);
        Assert.Equal(0.25f, Values(2)["accuracy_of/down+2"]);
        Assert.Equal(321f, Values(2)["speed/images_per_second"]);
        Assert.Equal(17.5f, Values(2)["effective_rank"]);
        Assert.DoesNotContain("effective_rank", Values(1).Keys);
    }

    [Fact]
    public void A_run_that_starts_over_makes_void_what_it_had_written()
    {
        using var folder = new TemporaryFolder();
        using (var events = TensorBoardEvents.Begin(folder.Path, 0, new StoppedClock())) events.Append(Entry(10, 6.25));
        TensorBoardEvents.Begin(folder.Path, 0, new StoppedClock()).Dispose(); // killed before its first checkpoint
        var files = Directory.GetFiles(folder.Path).Order(StringComparer.Ordinal).ToArray();
        Assert.DoesNotContain(Parse(files[0]), e => e.SessionLog is not null);
        var mark = Parse(files[1])[1];
        Assert.Equal((0, SessionLog.Types.SessionStatus.Start), (mark.Step, mark.SessionLog.Status));
    }

    [Fact]
    public void A_resumed_run_begins_another_file_with_a_start_mark_at_its_step()
    {
        using var folder = new TemporaryFolder();
        TensorBoardEvents.Begin(folder.Path, 0, new StoppedClock()).Dispose();
        TensorBoardEvents.Begin(folder.Path, 1000, new StoppedClock()).Dispose();
        var files = Directory.GetFiles(folder.Path).Order(StringComparer.Ordinal).ToArray();
        Assert.Equal(2, files.Length);
        var mark = Parse(files[1])[1];
        Assert.Equal(1000, mark.Step);
        Assert.Equal(SessionLog.Types.SessionStatus.Start, mark.SessionLog.Status);
    }
}
