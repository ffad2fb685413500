using Foresee.Torch.Distributed;

namespace Foresee.Torch.Layers;

/// <summary>
/// A part of a network that owns weights. Derive, register weights and parts in the constructor, implement Forward:
/// <c>weight = Parameter("weight", Initialise.KaimingUniform(...)); inner = Child("inner", new Linear(...));</c>
/// </summary>
public abstract class Module : IDisposable
{
    private readonly List<NamedTensor> parameters = [];
    private readonly List<NamedTensor> buffers = [];
    private readonly List<(string Name, Module Part)> children = [];

    /// <summary>Whether layers that differ between learning and use (BatchNorm, Dropout) behave as in learning; true at first.</summary>
    public bool Training { get; private set; } = true;

    /// <summary>How its products are computed.</summary>
    protected Arithmetic Arithmetic { get; private set; } = Arithmetic.Float32;

    /// <summary>What Conv2d and Linear multiply in.</summary>
    protected DType ComputeType => Arithmetic.Type;

    /// <summary>Ranks whose images batch norms take as one batch in training; null for this process alone.</summary>
    private protected ProcessGroup? Group { get; private set; }

    public abstract Tensor Forward(Tensor x);

    /// <summary>Registers a weight that learns. The module owns it from here on: it leaves every scope.</summary>
    protected Tensor Parameter(string name, Tensor value)
    {
        value.RequiresGrad = true;
        return Register(parameters, name, value);
    }

    /// <summary>Registers state that is saved but does not learn, such as running statistics.</summary>
    protected Tensor Buffer(string name, Tensor value) => Register(buffers, name, value);

    protected T Child<T>(string name, T module) where T : Module
    {
        Claim(name);
        children.Add((name, module));
        return module;
    }

    /// <summary>A part whose state keeps its own names, as if it were this module's.</summary>
    protected T Inner<T>(T module) where T : Module
    {
        foreach (var name in module.parameters.Concat(module.buffers).Select(t => t.Name).Concat(module.children.Select(c => c.Name)))
            Claim(name);
        children.Add(("", module));
        return module;
    }

    private Tensor Register(List<NamedTensor> list, string name, Tensor value)
    {
        Claim(name);
        list.Add(new(name, TensorScope.Detach(value)));
        return value;
    }

    private void Claim(string name)
    {
        var taken = parameters.Any(p => p.Name == name) || buffers.Any(b => b.Name == name) || children.Any(c => c.Name == name);
        if (taken) throw new ArgumentException($"{GetType().Name} already has a part named '{name}'; choose another name.");
    }

    // ---- State ----

    public IEnumerable<NamedTensor> Parameters() => Walk("", module => module.parameters);
    public IEnumerable<NamedTensor> Buffers() => Walk("", module => module.buffers);

    /// <summary>Parameters and buffers: what a checkpoint holds, in PyTorch's order.</summary>
    public IEnumerable<NamedTensor> State() => Walk("", module => module.parameters.Concat(module.buffers));

    private IEnumerable<NamedTensor> Walk(string prefix, Func<Module, IEnumerable<NamedTensor>> own) =>
        own(this).Select(tensor => tensor with { Name = prefix + tensor.Name })
            .Concat(children.SelectMany(child => child.Part.Walk(child.Name.Length > 0 ? $"{prefix}{child.Name}." : prefix, own)));

    /// <summary>Copies values into this module's state. Strict: every name and shape must fit, and all faults are named at once.</summary>
    /// <param name="prefix">Only entries whose name starts with it are used, without it: "encoder.".</param>
    public void Load(IReadOnlyDictionary<string, Tensor> state, string prefix = "")
    {
        var own = State().ToDictionary(tensor => prefix + tensor.Name, tensor => tensor.Value);
        var given = state.Where(entry => entry.Key.StartsWith(prefix, StringComparison.Ordinal)).ToDictionary();
        StateCheck.Fits(own, given, GetType().Name);
        using var noGrad = Autograd.NoGrad();
        foreach (var (name, tensor) in own) tensor.Copy_(given[name]);
    }

    /// <summary>
    /// Its weights stop learning: they become state like running statistics, under the same names. For copies that follow another module.
    /// </summary>
    public void Freeze() => Each(module =>
    {
        foreach (var parameter in module.parameters) parameter.Value.RequiresGrad = false;
        module.buffers.InsertRange(0, module.parameters);
        module.parameters.Clear();
    });

    // ---- Modes ----

    public void Train(bool training = true) => Each(module => module.Training = training);

    /// <summary>
    /// The type Conv2d and Linear multiply in; weights stay Float32. With BFloat16 their input and weight are rounded to it
    /// for the multiplication and the result stays BFloat16; norms and losses go back to Float32.
    /// </summary>
    public void Compute(Arithmetic arithmetic) => Each(module => module.Arithmetic = arithmetic);

    /// <summary>
    /// Batch norms normalise by the images of all ranks from now on, in training. All must then pass through the network at the same time.
    /// </summary>
    /// <param name="group">Null for this process alone.</param>
    public void Synchronise(ProcessGroup? group) => Each(module => module.Group = group);

    /// <summary>Running statistics of batch norms that measure the images of this process alone.</summary>
    public IEnumerable<NamedTensor> OwnStatistics() => Walk("", module =>
        module.Group is null ? module.buffers.Where(buffer => buffer.Name is "running_mean" or "running_var") : []);

    /// <summary>Moves the state; the tensor objects stay the same, so an optimiser made before keeps its hold on them.</summary>
    public void To(Device device)
    {
        using var scope = TensorScope.Begin();
        using var noGrad = Autograd.NoGrad();
        foreach (var tensor in State())
        {
            tensor.Value.Grad = null; // it would stay on the old device
            tensor.Value.SetData(tensor.Value.To(device));
        }
    }

    private void Each(Action<Module> change)
    {
        change(this);
        foreach (var child in children) child.Part.Each(change);
    }

    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    protected virtual void Dispose(bool disposing)
    {
        if (!disposing) return;
        foreach (var tensor in parameters.Concat(buffers)) tensor.Value.Dispose();
        foreach (var child in children) child.Part.Dispose();
    }
}
