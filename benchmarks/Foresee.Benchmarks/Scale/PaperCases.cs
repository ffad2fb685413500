using Foresee.Encoders;
using Foresee.Images;
using Foresee.Methods;
using Foresee.Methods.Cpc;
using Foresee.Recipes;

namespace Foresee.Benchmarks.Scale;

/// <summary>A training on ImageNet.</summary>
/// <param name="GpuShare">Of a GPU's product rate, that the network is assumed to reach.</param>
internal sealed record PaperCase(Workload Work, MethodOptions Method, InputFormat Input, double GpuShare)
{
    public string Key => Method.Name;
}

/// <summary>What computes.</summary>
/// <param name="Name">For a title.</param>
internal sealed record WorkerKind(string Name, Func<PaperCase, Worker> Of, IReadOnlyList<(string Name, Func<int, Cluster> Of)> Clusters);

/// <summary>What docs/scale.md is about. Every rate of a GPU or a link here is an assumption, none was measured.</summary>
internal static class PaperCases
{
    /// <summary>NVIDIA H100 SXM5, data sheet: dense bf16 products, and the bandwidth of its memory.</summary>
    public const double Products = 989e12, GpuMemory = 3.35e12;

    /// <summary>
    /// Floating-point operations a second of one core, bf16: benchmarks/run scale-rate --threads 1 on an AMD EPYC (Zen 4), ResNet-50
    /// SimCLR.
    /// </summary>
    private const double CoreRate = 120e9;

    private const int PerNode = 8;               // GPUs
    private const int Cores = 16;                // of a processor that is one worker
    private const double ProcessorMemory = 50e9; // bytes a second, an assumption
    private const double Jitter = 0.02;          // σ of the logarithm of a step's time, an assumption

    /// <summary>
    /// Images a second that 16 cores decode: each reads 917 files of 224 px in a second (benchmarks/README.md, loader-large: 1,835 on two
    /// cores), so 246 of ImageNet's mean 500 x 375 px.
    /// </summary>
    public const double ImagesRead = 16 * (1835.0 / 2) * (224 * 224) / (500 * 375);

    /// <summary>Of a mean file of ImageNet's 1,281,167 for training: 138 GB.</summary>
    public const double FileBytes = 138e9 / 1281167;

    /// <summary>256 images of each worker; batch norms and candidates of all, as --exchange all has them.</summary>
    public static PaperCase SimClr { get; } = Whole();

    /// <summary>The paper's worker of 16 images, which compares its own: 32 of them are the published training.</summary>
    public static PaperCase CpcV2 { get; } = Published();

    public static IReadOnlyList<PaperCase> All { get; } = [SimClr, CpcV2];

    public static WorkerKind Gpu { get; } = new("GPU", one => Worker.Of(one.Work, one.GpuShare * Products, GpuMemory, ImagesRead, Jitter),
    [
        .. Ethernet([.. Link.Ethernets]),
        ("NVLink and InfiniBand", workers => new(workers, PerNode, Link.NvLink,
            Link.InfiniBand with { Bandwidth = PerNode * Link.InfiniBand.Bandwidth })), // each GPU has a link of its own
    ]);

    public static WorkerKind Processor { get; } = new($"processor of {Cores} cores",
        one => Worker.Of(one.Work, Cores * CoreRate, ProcessorMemory, ImagesRead, Jitter), Ethernet([.. Link.Ethernets]));

    private static IReadOnlyList<(string Name, Func<int, Cluster> Of)> Ethernet(IReadOnlyList<Link> links) =>
        [.. links.Select(link => (link.Name, (Func<int, Cluster>)(workers => new(workers, PerNode: 1, Link.None, link))))];

    private static PaperCase Whole()
    {
        var input = new InputFormat(224, 224, 3);
        var method = new SimClrOptions(ConvEncoderOptions.ResNet50(input));
        return new(new("ResNet-50 SimCLR", 256, Networks.Of(method, input))
        {
            Views = 2,
            Gathered = 2 * 256 * method.Projection * sizeof(float),
            NormsTogether = true,
        }, method, input, GpuShare: 0.2);
    }

    private static PaperCase Published()
    {
        var recipe = ImageNet.CpcV2(ImageNet.Profile(new HeldImages([])));
        var method = (CpcV2Options)recipe.Method;
        return new(new("ResNet-161 CPC v2", method.CandidateImages, Networks.Of(method, recipe.Input)) { Recomputes = true },
            method, recipe.Input, GpuShare: 0.4);
    }
}
