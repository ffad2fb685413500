using System.Text.Json;
using Foresee.Methods;
using Foresee.Recipes;
using Foresee.Reports;

namespace Foresee.Runs;

/// <summary>What rank 0 tells the other ranks before they train together.</summary>
/// <param name="Begun">Whether there is a checkpoint to go on from.</param>
/// <param name="Hash">Of the images.</param>
internal sealed record RankCall(PretrainOptions Options, bool Begun, string Hash)
{
    /// <summary>Of rank 0; nothing where there is one process.</summary>
    public void Tell(BatchShare share) => share.Group?.Share(JsonSerializer.SerializeToUtf8Bytes(RunDescription.OptionsOf(this)));

    /// <summary>Of the others; null where rank 0 has found that there is nothing to do.</summary>
    public static RankCall? Hear(BatchShare share)
    {
        var bytes = share.Group!.Share(null);
        return bytes.Length == 0 ? null : RunDescription.FromOptions<RankCall>(JsonSerializer.Deserialize<JsonElement>(bytes));
    }
}
