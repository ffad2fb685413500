using System.Buffers;
using Foresee.Server.Hosting;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Net.Http.Headers;

namespace Foresee.Server.Classification;

/// <param name="Name">As the sender calls it; it is only said back, and never a path.</param>
internal sealed record Upload(string? Name, byte[] Content);

/// <summary>
/// The images of one request, in memory: nothing is written to disk. The body is one image, or multipart/form-data with an image in each
/// part that has a file name.
/// </summary>
internal sealed class Uploads : IDisposable
{
    private const int Piece = 1 << 16, LongestName = 200;
    private readonly UploadMemory memory;
    private readonly ServerOptions options;
    private readonly List<Upload> images = [];
    private long bytes;

    private Uploads(UploadMemory memory, ServerOptions options) => (this.memory, this.options) = (memory, options);

    public IReadOnlyList<Upload> Images => images;

    /// <exception cref="Problem">What was sent is too much, too slow, not understood, or holds no image.</exception>
    public static async Task<Uploads> Read(HttpRequest request, ServerOptions options, UploadMemory memory)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(request.HttpContext.RequestAborted);
        deadline.CancelAfter(TimeSpan.FromSeconds(options.BodySeconds));
        var uploads = new Uploads(memory, options);
        try
        {
            await uploads.Read(request, deadline.Token);
            return uploads.images.Count > 0 ? uploads : throw new Problem(400, "no_image", "The request holds no image; send one as "
                + "the body, or some as files of multipart/form-data.");
        }
        catch (Exception error)
        {
            uploads.Dispose();
            if (error is OperationCanceledException && !request.HttpContext.RequestAborted.IsCancellationRequested)
                throw new Problem(408, "too_slow",
                    $"The request did not arrive within {options.BodySeconds.ToString(Json.Culture)} seconds; send it faster.");
            if (error is InvalidDataException or IOException and not BadHttpRequestException)
                throw new Problem(400, "bad_request", "The body is no multipart/form-data that can be read, or breaks off.");
            throw;
        }
    }

    private async Task Read(HttpRequest request, CancellationToken cancel)
    {
        if (request.ContentLength > options.MostBytes) throw TooLarge();
        if (!MediaTypeHeaderValue.TryParse(request.ContentType, out var type))
            throw new Problem(415, "unsupported_type", Types);
        if (type.MediaType.Equals("multipart/form-data", StringComparison.OrdinalIgnoreCase)) await ReadParts(request, type, cancel);
        else if (type.Type.Equals("image", StringComparison.OrdinalIgnoreCase) && !type.SubType.StartsWith("svg", StringComparison.OrdinalIgnoreCase)
            || type.MediaType.Equals("application/octet-stream", StringComparison.OrdinalIgnoreCase))
            await Add(null, request.Body, request.ContentLength, cancel);
        else throw new Problem(415, "unsupported_type", Types);
    }

    private const string Types = "Send an image as image/jpeg, image/png, image/webp, image/tiff, image/gif, image/avif, image/bmp or "
        + "application/octet-stream, or several as multipart/form-data.";

    private async Task ReadParts(HttpRequest request, MediaTypeHeaderValue type, CancellationToken cancel)
    {
        var boundary = HeaderUtilities.RemoveQuotes(type.Boundary).Value;
        if (string.IsNullOrEmpty(boundary) || boundary.Length > 200)
            throw new Problem(400, "bad_request", "The type multipart/form-data names no boundary of 1 to 200 characters.");
        var reader = new MultipartReader(boundary, request.Body, Piece)
        {
            HeadersCountLimit = 16,
            HeadersLengthLimit = 1 << 13,
            BodyLengthLimit = options.MostBytes,
        };
        for (var parts = 1; await reader.ReadNextSectionAsync(cancel) is { } part; parts++)
        {
            if (parts > options.MostImages)
                throw new Problem(413, "too_many_images", $"A request has at most {options.MostImages} parts; send more requests.");
            if (!ContentDispositionHeaderValue.TryParse(part.ContentDisposition, out var disposition))
                throw new Problem(400, "bad_request", "A part has no header Content-Disposition that can be read.");
            if (!disposition.IsFileDisposition())
                throw new Problem(400, "no_image", "A part is no file; give it a file name, and options in the address.");
            await Add(NameOf(disposition), part.Body, null, cancel);
        }
    }

    /// <summary>Its last part where it is a path, without what can't be shown.</summary>
    private static string NameOf(ContentDispositionHeaderValue disposition)
    {
        var told = disposition.FileNameStar.HasValue ? disposition.FileNameStar : disposition.FileName;
        var name = HeaderUtilities.RemoveQuotes(told).Value ?? "";
        name = name[(name.LastIndexOfAny(['/', '\\']) + 1)..];
        name = string.Concat(name.Where(sign => !char.IsControl(sign)));
        return name.Length > LongestName ? name[..LongestName] : name;
    }

    private async Task Add(string? name, Stream body, long? length, CancellationToken cancel)
    {
        using var content = new MemoryStream((int)Math.Min(length ?? 0, Piece)); // grows with what comes, not with what is promised
        var piece = ArrayPool<byte>.Shared.Rent(Piece);
        try
        {
            for (int count; (count = await body.ReadAsync(piece, cancel)) > 0;)
            {
                memory.Take(count);
                bytes += count;
                if (bytes > options.MostBytes) throw TooLarge();
                content.Write(piece, 0, count);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(piece);
        }
        if (content.Length == 0 && name is null) return; // an empty body
        images.Add(new(name, content.Length == content.Capacity ? content.GetBuffer() : content.ToArray()));
    }

    private Problem TooLarge() => new(413, "too_large", $"A request has at most {options.MostBytes} bytes; send smaller images, or fewer.");

    public void Dispose()
    {
        memory.Give(Interlocked.Exchange(ref bytes, 0));
        images.Clear();
    }
}
