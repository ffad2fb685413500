using System.Buffers.Binary;
using System.Numerics;
using Foresee.Reports.TensorBoard;
using Google.Protobuf;

namespace Foresee.Reports;

/// <summary>
/// An event file for TensorBoard: scalars by step. Records are framed as in TensorFlow's record_writer.h, length and data each with a
/// masked CRC-32C, and hold an Event of tensorboard/event.proto. A resumed run begins a file of its own, whose start mark makes TensorBoard
/// drop what an earlier file tells of the same and later steps.
/// </summary>
public sealed class TensorBoardEvents : IDisposable
{
    private readonly FileStream file;
    private readonly TimeProvider clock;

    private TensorBoardEvents(FileStream file, TimeProvider clock) => (this.file, this.clock) = (file, clock);

    /// <param name="folder">Receives events.out.tfevents.SECONDS.HOST, the name TensorBoard looks for.</param>
    /// <param name="step">Where the run begins or goes on; what earlier files of the folder hold from there on is void.</param>
    public static TensorBoardEvents Begin(string folder, long step, TimeProvider clock)
    {
        FileStream? file = null;
        var resumed = Directory.EnumerateFiles(folder, "events.out.tfevents.*").Any();
        for (var second = clock.GetUtcNow().ToUnixTimeSeconds(); file is null; second++)
        {
            var path = Path.Combine(folder, $"events.out.tfevents.{second}.{Environment.MachineName}");
            if (!File.Exists(path)) file = new(path, FileMode.CreateNew, FileAccess.Write, FileShare.Read, bufferSize: 0);
        }
        var events = new TensorBoardEvents(file, clock);
        events.Write(new Event { FileVersion = "brain.Event:2" });
        if (resumed) events.Write(new Event { Step = step, SessionLog = new() { Status = SessionLog.Types.SessionStatus.Start } });
        return events;
    }

    public void Append(MetricsEntry entry)
    {
        var scalars = new List<(string Tag, double? Value)>
        {
            ("loss", entry.Loss), ("chance", entry.Chance), ("accuracy", entry.Accuracy), ("effective_rank", entry.EffectiveRank),
            ("probe_accuracy", entry.ProbeAccuracy), ("epoch", entry.Epoch), ("learning_rate", entry.LearningRate),
            ("gradient_norm", entry.GradientNorm), ("speed/images_per_second", entry.ImagesPerSecond), ("speed/waiting", entry.Waiting),
        };
        foreach (var (direction, offsets) in entry.Accuracies ?? new Dictionary<string, IReadOnlyDictionary<string, double>>())
            scalars.AddRange(offsets.Select(offset => ($"accuracy_of/{direction}+{offset.Key}", (double?)offset.Value)));
        var summary = new Summary();
        foreach (var (tag, value) in scalars)
            if (value is { } number) summary.Value.Add(new Summary.Types.Value { Tag = tag, SimpleValue = (float)number });
        Write(new Event { Step = entry.Step, Summary = summary });
    }

    private void Write(Event what)
    {
        what.WallTime = (clock.GetUtcNow() - DateTimeOffset.UnixEpoch).TotalSeconds;
        var data = what.ToByteArray();
        var record = new byte[8 + 4 + data.Length + 4];
        BinaryPrimitives.WriteInt64LittleEndian(record, data.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(record.AsSpan(8), MaskedChecksum(record.AsSpan(0, 8)));
        data.CopyTo(record, 12);
        BinaryPrimitives.WriteUInt32LittleEndian(record.AsSpan(12 + data.Length), MaskedChecksum(data));
        file.Write(record); // at once, so that a killed run leaves whole records
    }

    /// <summary>((crc >> 15) | (crc &lt;&lt; 17)) + 0xa282ead8, so that a checksum of data that holds checksums stays sound.</summary>
    private static uint MaskedChecksum(ReadOnlySpan<byte> data)
    {
        var crc = uint.MaxValue;
        foreach (var value in data) crc = BitOperations.Crc32C(crc, value);
        return BitOperations.RotateRight(~crc, 15) + 0xa282ead8;
    }

    public void Dispose() => file.Dispose();
}
