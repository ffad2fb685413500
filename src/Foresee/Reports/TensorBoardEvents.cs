using System.Buffers.Binary;
using System.Numerics;
using System.Text;

namespace Foresee.Reports;

/// <summary>
/// An event file for TensorBoard: scalars by step. Records are framed as in TensorFlow's record_writer.h, length and data each with a
/// masked CRC-32C, and hold an Event of event.proto. A resumed run begins a file of its own, whose start mark makes TensorBoard
/// drop what an earlier file tells of the same and later steps.
/// </summary>
public sealed class TensorBoardEvents : IDisposable
{
    private const int Varint = 0, Fixed64 = 1, Bytes = 2, Fixed32 = 5; // wire types of protocol buffers
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
        events.Write(step: 0, new Message().Add(3, "brain.Event:2"));                           // Event.file_version
        if (resumed) events.Write(step, new Message().Add(7, new Message().Add(1, 1)));        // Event.session_log: status START
        return events;
    }

    public void Append(MetricsEntry entry)
    {
        var scalars = new List<(string Tag, double? Value)>
        {
            ("loss", entry.Loss), ("chance", entry.Chance), ("accuracy", entry.Accuracy), ("effective_rank", entry.EffectiveRank), ("probe_accuracy", entry.ProbeAccuracy), ("epoch", entry.Epoch),
            ("learning_rate", entry.LearningRate), ("gradient_norm", entry.GradientNorm), ("speed/images_per_second", entry.ImagesPerSecond), ("speed/waiting", entry.Waiting),
        };
        foreach (var (direction, offsets) in entry.Accuracies ?? new Dictionary<string, IReadOnlyDictionary<string, double>>())
            scalars.AddRange(offsets.Select(offset => ($"accuracy_of/{direction}+{offset.Key}", (double?)offset.Value)));
        var summary = new Message();
        foreach (var (tag, value) in scalars)
            if (value is { } number) summary.Add(1, new Message().Add(1, tag).Add(2, (float)number)); // Summary.value: tag, simple_value
        Write(entry.Step, new Message().Add(5, summary));                                             // Event.summary
    }

    private void Write(long step, Message what)
    {
        var seconds = (clock.GetUtcNow() - DateTimeOffset.UnixEpoch).TotalSeconds;
        var data = new Message().Add(1, seconds).Add(2, step).Add(what).ToArray(); // Event.wall_time, Event.step
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

    /// <summary>A protocol-buffer message in the making: each field its number, its wire type, its value.</summary>
    private sealed class Message
    {
        private readonly MemoryStream bytes = new();

        public Message Add(int field, double value) => Fixed(field, Fixed64, BitConverter.GetBytes(value));

        public Message Add(int field, float value) => Fixed(field, Fixed32, BitConverter.GetBytes(value));

        public Message Add(int field, long value)
        {
            Number(((ulong)field << 3) | Varint);
            Number((ulong)value);
            return this;
        }

        public Message Add(int field, string value) => Add(field, Encoding.UTF8.GetBytes(value));

        public Message Add(int field, Message value) => Add(field, value.ToArray());

        /// <summary>The fields of another message, after this one's.</summary>
        public Message Add(Message other)
        {
            bytes.Write(other.ToArray());
            return this;
        }

        public byte[] ToArray() => bytes.ToArray();

        private Message Add(int field, byte[] value)
        {
            Number(((ulong)field << 3) | Bytes);
            Number((ulong)value.Length);
            bytes.Write(value);
            return this;
        }

        private Message Fixed(int field, int type, byte[] value)
        {
            if (!BitConverter.IsLittleEndian) Array.Reverse(value);
            Number(((ulong)field << 3) | (uint)type);
            bytes.Write(value);
            return this;
        }

        private void Number(ulong value)
        {
            for (; value >= 0x80; value >>= 7) bytes.WriteByte((byte)(value | 0x80));
            bytes.WriteByte((byte)value);
        }
    }
}
