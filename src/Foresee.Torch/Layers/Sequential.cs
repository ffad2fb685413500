namespace Foresee.Torch.Layers;

/// <summary>One module after another, named "0", "1", ...</summary>
public sealed class Sequential : Module
{
    private readonly Module[] modules;

    public Sequential(params Module[] modules)
    {
        this.modules = modules;
        for (var i = 0; i < modules.Length; i++) Child(i.ToString(System.Globalization.CultureInfo.InvariantCulture), modules[i]);
    }

    public int Count => modules.Length;
    public Module this[int index] => modules[index];

    public override Tensor Forward(Tensor x)
    {
        foreach (var module in modules) x = module.Forward(x);
        return x;
    }
}
