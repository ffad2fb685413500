using Foresee.Torch;
using Foresee.Torch.Layers;

namespace Foresee.Export;

/// <summary>Weights of a network by their names, as one of its parts sees them.</summary>
internal sealed class Weights
{
    private readonly IReadOnlyDictionary<string, Tensor> all;
    private readonly string prefix;

    private Weights(IReadOnlyDictionary<string, Tensor> all, string prefix) => (this.all, this.prefix) = (all, prefix);

    public static Weights Of(Module module) => Of(module.State());

    public static Weights Of(IEnumerable<NamedTensor> state) => new(state.ToDictionary(tensor => tensor.Name, tensor => tensor.Value), "");

    public Weights this[string part] => new(all, $"{prefix}{part}.");

    public bool Has(string name) => all.ContainsKey(prefix + name);

    /// <summary>Whether there is a part of this name.</summary>
    public bool HasPart(string part) => all.Keys.Any(name => name.StartsWith($"{prefix}{part}.", StringComparison.Ordinal));

    public Tensor Tensor(string name) => all[prefix + name];

    public Tensor? Optional(string name) => all.GetValueOrDefault(prefix + name);
}
