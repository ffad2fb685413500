using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Foresee.Tests.DataSets;

/// <summary>How a server treats a request for a part of a file.</summary>
internal enum Ranges
{
    Served,
    Ignored,
}

/// <summary>A web server of one file on loopback, one request per connection.</summary>
internal sealed class LoopbackServer : IDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly Thread thread;

    public LoopbackServer()
    {
        listener.Start();
        thread = new Thread(Serve) { IsBackground = true };
        thread.Start();
    }

    public byte[] Content { get; set; } = [];
    public Ranges Ranges { get; set; }

    /// <summary>Closes the connection after so many bytes of the content; null for never.</summary>
    public int? BreaksAfter { get; set; }

    /// <summary>Instead of the file.</summary>
    public HttpStatusCode? Refuses { get; set; }

    /// <summary>The Range header of each request, "" where there was none.</summary>
    public List<string> Requests { get; } = [];

    public string Address(string name) => $"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}/{name}";

    /// <summary>Not by way of a proxy that the environment may name.</summary>
    public static HttpClient Client() => new(new SocketsHttpHandler { UseProxy = false });

    public void Dispose()
    {
        listener.Stop();
        thread.Join();
    }

    private void Serve()
    {
        while (true)
        {
            try
            {
                using var client = listener.AcceptTcpClient();
                Answer(client.GetStream());
            }
            catch (SocketException)
            {
                return; // it was stopped
            }
            catch (IOException)
            {
                // the other side hung up
            }
        }
    }

    private void Answer(NetworkStream stream)
    {
        var range = Range(stream);
        Requests.Add(range);
        if (Refuses is { } refusal)
        {
            Head(stream, refusal, "Content-Length: 0");
            return;
        }
        var from = Ranges == Ranges.Served && range.Length > 0 ? int.Parse(range["bytes=".Length..^1], CultureInfo.InvariantCulture) : 0;
        if (from >= Content.Length && from > 0)
        {
            Head(stream, HttpStatusCode.RequestedRangeNotSatisfiable, $"Content-Range: bytes */{Content.Length}\r\nContent-Length: 0");
            return;
        }
        var length = $"Content-Length: {Content.Length - from}";
        if (from > 0)
            Head(stream, HttpStatusCode.PartialContent, $"Content-Range: bytes {from}-{Content.Length - 1}/{Content.Length}\r\n{length}");
        else Head(stream, HttpStatusCode.OK, length);
        stream.Write(Content.AsSpan(from, Math.Min(Content.Length - from, BreaksAfter ?? int.MaxValue)));
    }

    private static string Range(NetworkStream stream)
    {
        var head = new StringBuilder();
        while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal) && stream.ReadByte() is >= 0 and var value)
            head.Append((char)value);
        var line = head.ToString().Split("\r\n").FirstOrDefault(text => text.StartsWith("Range: ", StringComparison.OrdinalIgnoreCase));
        return line?["Range: ".Length..] ?? "";
    }

    private static void Head(NetworkStream stream, HttpStatusCode status, string headers) =>
        stream.Write(Encoding.ASCII.GetBytes($"HTTP/1.1 {(int)status} {status}\r\n{headers}\r\nConnection: close\r\n\r\n"));
}
