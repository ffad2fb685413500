using Foresee.Images;
using Foresee.Server.Classification;
using Foresee.Server.Hosting;
using Foresee.Server.Models;

namespace Foresee.Server.Labelling;

/// <summary>/v1/label: images to label, labels, classes, refits. All bodies are JSON, so no form of another page can send one.</summary>
internal sealed class LabelEndpoints(ServerOptions options, LabelSession session, ImageFolder pool, PoolRanking ranking, Refit refit,
    ModelSlot slot, ImageQueue queue, ServerMetrics metrics)
{
    private const int PictureSide = 1600;

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/v1/label", () => Results.Json(State(), Json.Options));
        routes.MapPost("/v1/label/next", (Delegate)Next);
        routes.MapGet("/v1/label/images/{id:int}", Picture);
        routes.MapPut("/v1/label/images/{id:int}", Give);
        routes.MapPost("/v1/label/images/{id:int}/undo", Undo);
        routes.MapPost("/v1/label/images/{id:int}/skip", Skip);
        routes.MapPost("/v1/label/classes", (Delegate)AddClass);
        routes.MapPost("/v1/label/refit", (Delegate)StartRefit);
        routes.MapPost("/v1/label/refit/stop", (Delegate)StopRefit);
    }

    private LabelState State()
    {
        var refitted = refit.State; // before the model: a refit that is done has put its own in place
        using var lease = slot.Take();
        var (labelled, skipped) = session.Progress;
        var (done, all) = ranking.Progress;
        var (fitted, accuracy) = (lease.Model.Description.Labels, lease.Model.Description.Accuracy);
        return new(session.Classes, labelled, session.Images, skipped, new(done, all), fitted, refit.CanStart, refitted,
            lease.Model.Version, accuracy is null ? null : new(accuracy.Mean, accuracy.Low, accuracy.High, accuracy.Images, accuracy.How));
    }

    private async Task<IResult> Next(HttpContext context)
    {
        var asked = await Json.Read<NextRequest>(context.Request, context.RequestAborted);
        var count = asked.Count ?? 6;
        if (count is < 1 or > 20) throw new Problem(400, "bad_parameter", $"count is 1 to 20, got {count}.");
        return Results.Json(new NextAnswer([.. session.Next(ClientOf(asked.Client), count)
            .Select(id => new NextImage(id, pool.Files[id], ranking.Of(id)))]), Json.Options);
    }

    private async Task<IResult> Picture(HttpContext context, int id)
    {
        var path = session.PathOf(id);
        var made = await queue.Run([path], Show, context.RequestAborted);
        context.Response.Headers.CacheControl = "private, max-age=600";
        return Results.Bytes(made[0], "image/jpeg");
    }

    private byte[] Show(string path)
    {
        try
        {
            return Pool.Picture(path, options.MostPixels, PictureSide);
        }
        catch (UnreadableImageException error)
        {
            throw new Problem(422, "unreadable_image", $"The image can't be shown: {error.Reason.TrimEnd('.')}.");
        }
    }

    private async Task<IResult> Give(HttpContext context, int id)
    {
        var asked = await Json.Read<LabelRequest>(context.Request, context.RequestAborted);
        if (asked.Label is null) throw new Problem(400, "bad_request", "Send {\"client\": ..., \"label\": ...}.");
        session.Give(ClientOf(asked.Client), id, asked.Label);
        metrics.Labelled(undone: false);
        ranking.Labelled();
        return Results.Json(State(), Json.Options);
    }

    private async Task<IResult> Undo(HttpContext context, int id)
    {
        var asked = await Json.Read<NextRequest>(context.Request, context.RequestAborted);
        session.Undo(ClientOf(asked.Client), id);
        metrics.Labelled(undone: true);
        return Results.Json(State(), Json.Options);
    }

    private async Task<IResult> Skip(HttpContext context, int id)
    {
        _ = ClientOf((await Json.Read<NextRequest>(context.Request, context.RequestAborted)).Client);
        session.Skip(id);
        return Results.Json(State(), Json.Options);
    }

    private async Task<IResult> AddClass(HttpContext context)
    {
        session.AddClass((await Json.Read<ClassRequest>(context.Request, context.RequestAborted)).Name ?? "");
        return Results.Json(State(), Json.Options);
    }

    private async Task<IResult> StartRefit(HttpContext context)
    {
        _ = await Json.Read<object>(context.Request, context.RequestAborted);
        refit.Start(session.Classes);
        return Results.Json(State(), Json.Options, statusCode: StatusCodes.Status202Accepted);
    }

    private async Task<IResult> StopRefit(HttpContext context)
    {
        _ = await Json.Read<object>(context.Request, context.RequestAborted);
        refit.Stop();
        return Results.Json(State(), Json.Options);
    }

    private static string ClientOf(string? client) =>
        client is { Length: >= 8 and <= 64 } && client.All(sign => char.IsAsciiLetterOrDigit(sign) || sign == '-') ? client
            : throw new Problem(400, "bad_parameter", "client is 8 to 64 letters, digits and dashes that the browser has thrown.");
}
