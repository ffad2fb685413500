using Foresee.Images;
using Foresee.Server.Classification;
using Foresee.Server.Hosting;
using Foresee.Server.Labelling;
using Foresee.Server.Models;
using Foresee.Server.Pages;
using OpenTelemetry.Metrics;

namespace Foresee.Server;

/// <summary>A fitted model behind HTTP: an interface for programs, a page for people, and label mode where it is asked for.</summary>
public sealed class ForeseeServer : IAsyncDisposable
{
    private const int MostConnections = 1000;
    private readonly WebApplication app;
    private readonly Stack<IDisposable> owned;

    private ForeseeServer(WebApplication app, Stack<IDisposable> owned) => (this.app, this.owned) = (app, owned);

    /// <summary>Where it listens.</summary>
    public Uri Address { get; private set; } = null!;

    /// <summary>"get /v1/model": what programs may ask for, without the page's files.</summary>
    internal IEnumerable<string> Routes => ((IEndpointRouteBuilder)app).DataSources.SelectMany(source => source.Endpoints)
        .OfType<RouteEndpoint>().Where(endpoint => endpoint.Metadata.GetMetadata<PageFile>() is null)
        .Select(endpoint => (endpoint.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods[0] ?? "GET").ToLowerInvariant() + " "
            + endpoint.RoutePattern.RawText!.Replace(":int", "", StringComparison.Ordinal));

    /// <summary>Loads the model, tries it, then listens.</summary>
    /// <param name="tell">Gets warnings and faults, a line each; no token is ever among them.</param>
    /// <exception cref="ArgumentException">The options contradict themselves.</exception>
    /// <exception cref="InvalidDataException">The model can't be used.</exception>
    /// <exception cref="ImageDataException">The pool or the labels can't be used.</exception>
    /// <exception cref="IOException">The port is taken.</exception>
    public static async Task<ForeseeServer> StartAsync(ServerOptions options, Action<string>? tell = null, TimeProvider? time = null,
        CancellationToken cancel = default)
    {
        options.Validate();
        options = options.WithFullPaths(); // folders of this process may be renamed by a refit
        var owned = new Stack<IDisposable>(); // disposed in the opposite order
        try
        {
            ModelExchange.Recover(options.Model);
            var metrics = Owned(owned, new ServerMetrics());
            var slot = Owned(owned, new ModelSlot(LoadedModel.Load(options.Model)));
            var queue = Owned(owned, new ImageQueue(options, metrics));
            var app = Build(options, metrics, tell ?? (_ => { }));
            var server = new ForeseeServer(app, owned);
            server.Map(options, slot, queue, metrics, time ?? TimeProvider.System);
            await app.StartAsync(cancel);
            server.Address = new(app.Urls.First());
            return server;
        }
        catch
        {
            while (owned.TryPop(out var part)) part.Dispose();
            throw;
        }
    }

    /// <summary>Takes no more requests, answers those that are there, then ends.</summary>
    public Task StopAsync(CancellationToken cancel = default) => app.StopAsync(cancel);

    private static T Owned<T>(Stack<IDisposable> owned, T part) where T : IDisposable
    {
        owned.Push(part);
        return part;
    }

    /// <summary>Nothing of the surroundings is read: no settings file, no variable.</summary>
    private static WebApplication Build(ServerOptions options, ServerMetrics metrics, Action<string> tell)
    {
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.Services.AddLogging(logging => logging.SetMinimumLevel(LogLevel.Warning).AddProvider(new LineLog(tell)));
        builder.Services.AddRoutingCore().AddMetrics();
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(options.StopSeconds));
        builder.Services.AddOpenTelemetry().WithMetrics(meters => meters
            .AddMeter(ServerMetrics.Name, "Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel", "System.Runtime")
            .AddPrometheusExporter());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Listen(options.Address, options.Port);
            var limits = kestrel.Limits;
            limits.MaxConcurrentConnections = MostConnections;
            limits.MaxRequestBodySize = options.MostBytes + (1 << 20); // of parts, whose headers count, too
            limits.RequestHeadersTimeout = TimeSpan.FromSeconds(Math.Min(10, options.BodySeconds));
            limits.MinRequestBodyDataRate = new(bytesPerSecond: 1000, gracePeriod: TimeSpan.FromSeconds(5));
        });
        var app = builder.Build();
        app.Use(AnswerHeaders.Add);
        app.UseMiddleware<ProblemAnswers>(metrics);
        app.UseMiddleware<RateLimit>(options);
        app.UseMiddleware<OriginGate>(options);
        app.UseRouting();
        app.UseMiddleware<AccessToken>(options);
        app.UseEndpoints(_ => { });
        return app;
    }

    private void Map(ServerOptions options, ModelSlot slot, ImageQueue queue, ServerMetrics metrics, TimeProvider time)
    {
        var classify = new ClassifyEndpoint(options, slot, queue, new UploadMemory(options.MostMemory), metrics);
        app.MapPost("/v1/classify", (Delegate)classify.Answer);
        new ModelEndpoints(options, slot).Map(app);
        PageFiles.Map(app, options.Labels is not null);
        app.MapPrometheusScrapingEndpoint("/metrics");
        MapHealth("/healthz/live", () => true);
        MapHealth("/healthz/ready", () => !app.Lifetime.ApplicationStopping.IsCancellationRequested); // it listens, so the model computes
        if (options.Labels is { } labels) MapLabels(options, labels, slot, queue, metrics, time);
    }

    private void MapHealth(string address, Func<bool> healthy) => app.MapGet(address, () => healthy()
        ? Results.Text("Healthy") : Results.Text("Unhealthy", statusCode: StatusCodes.Status503ServiceUnavailable)).WithMetadata(new OpenToAll());

    private void MapLabels(ServerOptions options, LabelOptions labels, ModelSlot slot, ImageQueue queue, ServerMetrics metrics,
        TimeProvider time)
    {
        var pool = Pool.Open(labels.Pool);
        IReadOnlyList<int> even = new SeededOrder(0).Permutation(pool.Count);
        var logs = app.Services.GetRequiredService<ILoggerFactory>();
        var log = logs.CreateLogger<LabelSession>();
        LabelSession session;
        using (var lease = slot.Take())
        {
            var known = lease.Model.Description.Classes;
            var file = Pool.OpenLabels(labels.Labels, pool, known, line => log.LogWarning("{Line}", line));
            session = Owned(owned, new LabelSession(Pool.Paths(pool), file, known, even, time));
        }
        var ranking = Owned(owned, new PoolRanking(slot, queue, session, even, logs.CreateLogger<PoolRanking>()));
        var refit = Owned(owned, new Refit(options, slot, metrics, logs.CreateLogger<Refit>()) { Swapped = ranking.Again });
        new LabelEndpoints(options, session, pool, ranking, refit, slot, queue, metrics).Map(app);
    }

    public async ValueTask DisposeAsync()
    {
        await app.StopAsync();
        while (owned.TryPop(out var part)) part.Dispose();
        await app.DisposeAsync();
    }
}
