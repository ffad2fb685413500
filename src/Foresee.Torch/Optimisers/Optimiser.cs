using Foresee.Torch.Layers;

namespace Foresee.Torch.Optimisers;

/// <summary>
/// What the optimisers share: parameters, their state tensors ("slots", such as "exp_avg") and step counts. A step hands whole lists
/// to libtorch's <c>_foreach</c> operators, so that its calls don't grow with the number of parameters.
/// </summary>
public abstract class Optimiser : IOptimiser
{
    private readonly NamedTensor[] parameters;
    private readonly Dictionary<string, Tensor[]> slots = [];
    private readonly long[] steps;

    private protected Optimiser(IEnumerable<NamedTensor> parameters, double learningRate, params string[] slotNames)
    {
        this.parameters = parameters.ToArray();
        if (this.parameters.Length == 0) throw new ArgumentException("An optimiser needs at least one parameter, got none.");
        LearningRate = learningRate;
        steps = new long[this.parameters.Length];
        foreach (var slot in slotNames)
            slots[slot] = Array.ConvertAll(this.parameters, p => TensorScope.Detach(p.Value.Detach().ZerosLike()));
    }

    public double LearningRate { get; set; }

    public void ZeroGrad()
    {
        foreach (var parameter in parameters) parameter.Value.Grad = null;
    }

    public void Step()
    {
        using var scope = TensorScope.Begin();
        using var noGrad = Autograd.NoGrad();
        var due = new List<(int Index, Tensor Gradient)>(parameters.Length);
        for (var i = 0; i < parameters.Length; i++)
            if (parameters[i].Value.Grad is { } gradient) due.Add((i, gradient));
        // Parameters that have seen equally many steps share their bias corrections; nearly always that is all of them.
        foreach (var group in due.GroupBy(entry => steps[entry.Index]))
            Update(new(this, [.. group]), group.Key + 1);
        foreach (var (index, _) in due) steps[index]++;
    }

    /// <param name="step">1 for the first.</param>
    private protected abstract void Update(Batch batch, long step);

    /// <summary>Parameters of one update with their gradients and slots, as lists.</summary>
    private protected sealed class Batch(Optimiser owner, (int Index, Tensor Gradient)[] due)
    {
        public Tensor[] Parameters { get; } = Array.ConvertAll(due, d => owner.parameters[d.Index].Value);
        public Tensor[] Gradients { get; } = Array.ConvertAll(due, d => d.Gradient);
        public Tensor[] Slot(string name) => Array.ConvertAll(due, d => owner.slots[name][d.Index]);
    }

    // ---- State ----

    private const string StepPrefix = "step.";

    public IReadOnlyDictionary<string, Tensor> State()
    {
        var state = new Dictionary<string, Tensor>();
        for (var i = 0; i < parameters.Length; i++)
        {
            state[StepPrefix + parameters[i].Name] = Tensor.From([steps[i]]);
            foreach (var (slot, tensors) in slots) state[$"{slot}.{parameters[i].Name}"] = tensors[i];
        }
        return state;
    }

    public void Load(IReadOnlyDictionary<string, Tensor> state)
    {
        using var scope = TensorScope.Begin();
        using var noGrad = Autograd.NoGrad();
        StateCheck.Fits(State(), state, GetType().Name);
        for (var i = 0; i < parameters.Length; i++)
        {
            steps[i] = state[StepPrefix + parameters[i].Name].ToInt64();
            foreach (var (slot, tensors) in slots) tensors[i].Copy_(state[$"{slot}.{parameters[i].Name}"]);
        }
    }

    public void Dispose()
    {
        foreach (var tensor in slots.Values.SelectMany(tensors => tensors)) tensor.Dispose();
        slots.Clear();
        GC.SuppressFinalize(this);
    }
}
