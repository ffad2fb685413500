using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;

namespace Foresee.DataSets;

/// <summary>
/// One file from its server to its place, checked. What came before a break stays beside as FILE.part, and the next start goes on from
/// there; FILE itself is only ever the whole file with the right sum.
/// </summary>
/// <param name="place">Where it belongs. A file put there by hand is checked like one that was fetched.</param>
internal sealed class Download(HttpClient client, PublicFile file, string place)
{
    private const int Buffer = 1 << 17;

    private string Part => place + ".part";
    private string Aside => place + ".wrong";

    /// <summary>A server that is silent for so long is given up.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(60);

    /// <param name="progress">Bytes that are here.</param>
    /// <exception cref="DownloadException">Not reachable, refused, broken off, or not the file expected.</exception>
    public async Task RunAsync(Action<long>? progress, CancellationToken cancel)
    {
        if (File.Exists(place))
        {
            Check(place);
            progress?.Invoke(file.Bytes);
            return;
        }
        await ReceiveAsync(progress, cancel).ConfigureAwait(false);
        Check(Part);
        File.Move(Part, place);
        File.Delete(Aside);
    }

    private async Task ReceiveAsync(Action<long>? progress, CancellationToken cancel)
    {
        using var target = new FileStream(Part, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        if (target.Length == file.Bytes) return; // it was stopped before it was checked
        using var response = await AskAsync(target, cancel).ConfigureAwait(false);
        using var content = await response.Content.ReadAsStreamAsync(cancel).ConfigureAwait(false);
        var buffer = new byte[Buffer];
        while (target.Length <= file.Bytes) // beyond it, it is another file: the check tells
        {
            var count = await ReadAsync(content, buffer, target.Length, cancel).ConfigureAwait(false);
            if (count == 0) break;
            await target.WriteAsync(buffer.AsMemory(0, count), cancel).ConfigureAwait(false);
            progress?.Invoke(target.Length);
        }
        if (target.Length < file.Bytes) throw BrokenOff(target.Length, "the server ended it");
    }

    /// <summary>
    /// Asks for what is lacking. The target is at its end where the server goes on there, and empty where it begins anew.
    /// </summary>
    private async Task<HttpResponseMessage> AskAsync(FileStream target, CancellationToken cancel)
    {
        var response = await SendAsync(target.Length, cancel).ConfigureAwait(false);
        if (response.StatusCode == HttpStatusCode.PartialContent && response.Content.Headers.ContentRange?.From == target.Length)
        {
            target.Seek(0, SeekOrigin.End);
            return response;
        }
        var status = response.StatusCode;
        var restart = target.Length > 0 && status is HttpStatusCode.PartialContent or HttpStatusCode.RequestedRangeNotSatisfiable;
        if (status == HttpStatusCode.OK && response.Content.Headers.ContentLength is { } length && length != file.Bytes)
        {
            response.Dispose();
            throw new DownloadException(Invariant($"{file.Address} offers {length:N0} bytes, expected {file.Bytes:N0}: perhaps a page that asks to sign in to the network, or the file was changed there. {ByHand()}"));
        }
        if (status == HttpStatusCode.OK || restart) target.SetLength(0);
        if (status == HttpStatusCode.OK) return response; // it knows no ranges
        response.Dispose();
        if (restart) return await AskAsync(target, cancel).ConfigureAwait(false); // what is here is not the beginning of what is there
        throw new DownloadException($"{file.Address} answered {(int)status} ({status}); it may have moved. {ByHand()}");
    }

    private async Task<HttpResponseMessage> SendAsync(long from, CancellationToken cancel)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, file.Address);
        if (from > 0) request.Headers.Range = new RangeHeaderValue(from, null);
        try
        {
            return await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancel).ConfigureAwait(false);
        }
        catch (Exception error) when (error is HttpRequestException
            || (error is OperationCanceledException && !cancel.IsCancellationRequested))
        {
            throw new DownloadException($"{file.Address} can't be reached: {error.Message.TrimEnd('.')}. Check the network, and "
                + $"HTTPS_PROXY where it needs a proxy. {ByHand()}", error);
        }
    }

    private async Task<int> ReadAsync(Stream content, byte[] buffer, long have, CancellationToken cancel)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        patience.CancelAfter(Patience);
        try
        {
            return await content.ReadAsync(buffer, patience.Token).ConfigureAwait(false);
        }
        catch (Exception error) when (error is IOException || (error is OperationCanceledException && !cancel.IsCancellationRequested))
        {
            throw BrokenOff(have, error is IOException ? error.Message.TrimEnd('.') : $"nothing came for {Patience.TotalSeconds:0} s");
        }
    }

    /// <summary>Length and sum; a wrong file is laid aside, so that neither this nor a later start takes it.</summary>
    private void Check(string path)
    {
        var length = new FileInfo(path).Length;
        var sum = length == file.Bytes ? Sum(path) : null;
        if (sum == file.Md5) return;
        File.Move(path, Aside, overwrite: true);
        var found = sum is null ? Invariant($"{length:N0} bytes, expected {file.Bytes:N0}") : $"the MD5 sum {sum}, expected {file.Md5}";
        throw new DownloadException($"{file.Name} has {found}: it is damaged, or was changed at {file.Address}. It lies in {Aside} now; "
            + "start the same command again to fetch it anew.");
    }

    private string Sum(string path)
    {
        using var md5 = IncrementalHash.CreateHash(HashAlgorithmName.MD5);
        using var content = File.OpenRead(path);
        var (buffer, left) = (new byte[Buffer], file.SummedBytes ?? file.Bytes);
        while (left > 0 && content.Read(buffer, 0, (int)Math.Min(left, Buffer)) is > 0 and var count)
        {
            md5.AppendData(buffer, 0, count);
            left -= count;
        }
        return Convert.ToHexStringLower(md5.GetHashAndReset());
    }

    private DownloadException BrokenOff(long have, string reason) =>
        new(Invariant($"{file.Address} broke off after {have:N0} of {file.Bytes:N0} bytes: {reason}. Start the same command again: it goes on from there."));

    private string ByHand() =>
        $"By hand: fetch it elsewhere, put it at {place}, and start the same command again: it checks and unpacks it.";

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
