namespace Foresee.Torch.Layers;

/// <summary>Compares a saved state with what its owner needs, and names all faults at once.</summary>
internal static class StateCheck
{
    public static void Fits(IReadOnlyDictionary<string, Tensor> own, IReadOnlyDictionary<string, Tensor> given, string owner)
    {
        var faults = own.Keys.Except(given.Keys).Select(name => $"missing: {name}")
            .Concat(given.Keys.Except(own.Keys).Select(name => $"unexpected: {name}"))
            .Concat(own.Where(entry => given.TryGetValue(entry.Key, out var value) && !value.Shape.SequenceEqual(entry.Value.Shape))
                .Select(entry => $"shape of {entry.Key}: needs {Text(entry.Value)}, got {Text(given[entry.Key])}"))
            .Concat(own.Where(entry => given.TryGetValue(entry.Key, out var value)
                    && value.DType.IsFloatingPoint() != entry.Value.DType.IsFloatingPoint())
                .Select(entry => $"type of {entry.Key}: needs {entry.Value.DType}, got {given[entry.Key].DType}")).ToArray();
        if (faults.Length > 0)
            throw new ArgumentException($"The state does not fit this {owner}: {string.Join("; ", faults)}. "
                + "Load it into what it was saved from, built with the same options.");
    }

    private static string Text(Tensor tensor) => $"[{string.Join(", ", tensor.Shape)}]";
}
