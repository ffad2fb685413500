using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Foresee.Images;
using Foresee.Inference;
using Foresee.Tests;

namespace Foresee.Server.Tests;

/// <summary>A server on a free port with a model whose answer is plain: red, green or blue, whatever there is most of.</summary>
internal sealed class Served : IAsyncDisposable
{
    public static readonly string[] Classes = ["red", "green", "blue"];
    private readonly Scratch scratch;

    private Served(ForeseeServer server, Scratch scratch) =>
        (Server, this.scratch, Client) = (server, scratch, new() { BaseAddress = server.Address });

    public ForeseeServer Server { get; }
    public HttpClient Client { get; }
    public Scratch Folder => scratch;
    public List<string> Told { get; private init; } = [];

    public static async Task<Served> Start(Func<ServerOptions, Scratch, ServerOptions>? change = null, TinyModel? model = null)
    {
        var scratch = new Scratch();
        var options = new ServerOptions(WriteModel(scratch.At("model"), model)) { Port = 0, Threads = 2 };
        List<string> told = [];
        var server = await ForeseeServer.StartAsync(change?.Invoke(options, scratch) ?? options, line =>
        {
            lock (told) told.Add(line);
        });
        return new(server, scratch) { Told = told };
    }

    public static string WriteModel(string folder, TinyModel? model = null)
    {
        (model ?? Model()).Write(Path.Combine(folder, ModelDescription.ModelFile));
        return folder;
    }

    public static TinyModel Model() => new(Classes) { Weights = [8, 0, 0, 0, 8, 0, 0, 0, 8], Bias = [0, 0, 0] };

    public async Task<HttpResponseMessage> Send(byte[] image, string type = "image/png", string query = "")
    {
        using var content = new ByteArrayContent(image);
        content.Headers.ContentType = MediaTypeHeaderValue.Parse(type);
        return await Client.PostAsync(new Uri($"/v1/classify{query}", UriKind.Relative), content);
    }

    public async Task<HttpResponseMessage> Send(params (string Name, byte[] Content)[] images)
    {
        using var form = new MultipartFormDataContent();
        foreach (var (name, content) in images) form.Add(new ByteArrayContent(content), "image", name);
        return await Client.PostAsync(new Uri("/v1/classify", UriKind.Relative), form);
    }

    public Task<HttpResponseMessage> Post(string address, object body) => Client.PostAsJsonAsync(address, body);

    /// <summary>A refusal as RFC 9457 has it.</summary>
    public static async Task<JsonElement> Refused(HttpResponseMessage answer, int status, string code)
    {
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True((int)answer.StatusCode == status, $"{(int)answer.StatusCode}, expected {status}: {text}");
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
        var problem = JsonDocument.Parse(text).RootElement;
        Assert.Equal(code, problem.GetProperty("code").GetString());
        Assert.Equal(status, problem.GetProperty("status").GetInt32());
        Assert.True(problem.GetProperty("detail").GetString()!.Length > 10);
        return problem;
    }

    public static async Task<JsonElement> Ok(HttpResponseMessage answer)
    {
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.IsSuccessStatusCode, $"{(int)answer.StatusCode}: {text}");
        return JsonDocument.Parse(text).RootElement;
    }

    public static byte[] Png(byte red, byte green, byte blue, int width = 8, int height = 6)
    {
        var pixels = new byte[width * height * 3];
        for (var i = 0; i < pixels.Length; i += 3) (pixels[i], pixels[i + 1], pixels[i + 2]) = (red, green, blue);
        return ImageFile.EncodePng(new(width, height, 3, pixels));
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await Server.DisposeAsync();
        scratch.Dispose();
    }
}

/// <summary>A folder that is deleted at the end.</summary>
internal sealed class Scratch : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("foresee-server-").FullName;

    public string At(params string[] parts) => System.IO.Path.Combine([Path, .. parts]);

    /// <summary>A folder of so many images, a third of each class.</summary>
    public string Pool(int count)
    {
        Directory.CreateDirectory(At("pool"));
        for (var i = 0; i < count; i++)
            File.WriteAllBytes(At("pool", $"{i:0000}.png"), Served.Png((byte)(i % 3 == 0 ? 200 + i % 50 : 0), (byte)(i % 3 == 1 ? 200 + i % 50 : 0),
                (byte)(i % 3 == 2 ? 200 + i % 50 : 0)));
        return At("pool");
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
