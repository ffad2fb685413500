using System.Text.Json;
using System.Text.Json.Nodes;
using Foresee.Reports;

namespace Foresee.Recipes;

/// <summary>The options of runs that an older Foresee began: they go on, and their encoders are evaluated, as those of new runs.</summary>
public static class OlderRuns
{
    /// <summary>The options of a run, whatever version began it.</summary>
    /// <exception cref="InvalidDataException">They can't be read.</exception>
    public static PretrainOptions Options(RunDescription run) =>
        (run.Format == RunDescription.CurrentFormat ? run : run with { Options = Renewed(run) }).ReadOptions<PretrainOptions>();

    /// <summary>Format 1 had one method and one kind of encoder; input, grid and optimiser were no records of their own.</summary>
    private static JsonElement Renewed(RunDescription run)
    {
        try
        {
            var old = JsonNode.Parse(run.Options.GetRawText())!.AsObject();
            var (method, training) = (old["method"]!.AsObject(), old["training"]!.AsObject());
            var (grid, network) = (method["grid"]!.AsObject(), method["encoder"]!.AsObject());
            foreach (var block in network["blocks"]!.AsArray()) Move(block!.AsObject(), "middle", block!.AsObject(), "bottleneck_width");
            var input = new JsonObject { ["channels"] = network["channels"]!.DeepClone() };
            foreach (var name in new[] { "height", "width" }) Move(grid, name, input, name);
            foreach (var (name, now) in new[] { ("mean", "mean"), ("deviation", "std"), ("window", "window"), ("small", "small") })
                Move(method, name, input, now);
            Move(method["augmentation"]!.AsObject(), "margin", input, "margin");
            Move(method, "context_middle", method, "context_bottleneck_width");
            method.Remove("encoder");
            method["encoder"] = new JsonObject
            {
                ["patch"] = grid["patch"]!.DeepClone(),
                ["stride"] = grid["stride"]!.DeepClone(),
                ["network"] = network
            };
            method["name"] ??= Methods.Cpc.CpcV2Options.MethodName; // before there were two, none was named
            var optimiser = new JsonObject { ["kind"] = "AdamW" };
            foreach (var name in new[] { "learning_rate", "beta1", "beta2", "weight_decay" }) Move(training, name, optimiser, name);
            (old["input"], training["optimiser"]) = (input, optimiser);
            return JsonSerializer.SerializeToElement(old);
        }
        catch (Exception error) when (error is InvalidOperationException or NullReferenceException or JsonException or FormatException)
        {
            throw new InvalidDataException($"The options in {RunDescription.FileName} of recipe '{run.Recipe}' are not those of a "
                + $"pretraining: {error.Message} Restore the file, or start a new run.", error);
        }
    }

    private static void Move(JsonObject from, string name, JsonObject to, string now)
    {
        if (!from.Remove(name, out var value)) return;
        to[now] = value;
    }
}
