using System.Reflection;
using System.Text.Json.Serialization;
using Foresee.Augmentation;
using Foresee.Encoders;
using Foresee.Images;
using Foresee.Methods.Cpc;
using Foresee.Methods.Video;
using Foresee.Torch;
using Foresee.Torch.Optimisers;

namespace Foresee.Methods;

/// <summary>Settings of a method. In a file "name" tells which; the list of names here is the list of methods.</summary>
/// <remarks>Each derived record has <c>static MethodOptions For(DataProfile data)</c>, its settings for images that nobody tuned it
/// on.</remarks>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "name")]
[JsonDerivedType(typeof(CpcV1Options), CpcV1Options.MethodName)]
[JsonDerivedType(typeof(CpcV2Options), CpcV2Options.MethodName)]
[JsonDerivedType(typeof(SimSiamOptions), "simsiam")]
[JsonDerivedType(typeof(SimClrOptions), "simclr")]
[JsonDerivedType(typeof(MoCoV1Options), "moco-v1")]
[JsonDerivedType(typeof(MoCoV2Options), "moco-v2")]
[JsonDerivedType(typeof(ByolOptions), "byol")]
[JsonDerivedType(typeof(BarlowTwinsOptions), "barlow-twins")]
[JsonDerivedType(typeof(VicRegOptions), "vicreg")]
[JsonDerivedType(typeof(SwavOptions), "swav")]
[JsonDerivedType(typeof(InstanceDiscriminationOptions), "instance-discrimination")]
[JsonDerivedType(typeof(DeepClusterV2Options), "deepcluster-v2")]
[JsonDerivedType(typeof(ExemplarOptions), "exemplar")]
[JsonDerivedType(typeof(AmdimOptions), "amdim")]
[JsonDerivedType(typeof(RotationOptions), "rotation")]
[JsonDerivedType(typeof(RelativePositionOptions), "relative-position")]
[JsonDerivedType(typeof(JigsawOptions), "jigsaw")]
[JsonDerivedType(typeof(AutoencoderOptions), "autoencoder")]
[JsonDerivedType(typeof(DenoisingAutoencoderOptions), "denoising-autoencoder")]
[JsonDerivedType(typeof(ColourisationOptions), "colourisation")]
[JsonDerivedType(typeof(SplitBrainOptions), "split-brain")]
[JsonDerivedType(typeof(ContextEncoderOptions), "context-encoder")]
[JsonDerivedType(typeof(GreyBlurOptions), "grey-blur")]
[JsonDerivedType(typeof(CountingOptions), "counting")]
[JsonDerivedType(typeof(BigBiGanOptions), "bigbigan")]
[JsonDerivedType(typeof(TrackingTripletOptions), "tracking-triplet")]
[JsonDerivedType(typeof(ShuffleAndLearnOptions), "shuffle-and-learn")]
[JsonDerivedType(typeof(CopyColoursOptions), "copy-colours")]
[JsonDerivedType(typeof(MotionSegmentationOptions), "motion-segmentation")]
[JsonDerivedType(typeof(KMeansFeaturesOptions), "kmeans")]
[JsonDerivedType(typeof(SpectralFeaturesOptions), "spectral")]
public abstract record MethodOptions
{
    private static readonly Dictionary<string, Type> Kinds = typeof(MethodOptions).GetCustomAttributes<JsonDerivedTypeAttribute>()
        .ToDictionary(kind => (string)kind.TypeDiscriminator!, kind => kind.DerivedType);

    /// <summary>Of all methods, such as "cpc-v2".</summary>
    public static IReadOnlyList<string> Names { get; } = [.. Kinds.Keys];

    /// <summary>A method's settings for images that nobody tuned it on.</summary>
    /// <exception cref="ArgumentException">There is no such method.</exception>
    public static MethodOptions For(string name, DataProfile data) => Kinds.TryGetValue(name, out var kind)
        ? (MethodOptions)kind.GetMethod(nameof(For), BindingFlags.Static | BindingFlags.Public, [typeof(DataProfile)])!.Invoke(null,
        [data])!
        : throw new ArgumentException($"There is no method '{name}'; choose {string.Join(", ", Names.SkipLast(1))} or {Names[^1]}.");

    [JsonIgnore]
    public string Name => Kinds.First(kind => kind.Value == GetType()).Key;

    /// <summary>Whether it has no steps: all it learns, its encoder measures on images once.</summary>
    [JsonIgnore]
    public virtual bool IsClosedForm => false;

    /// <summary>Names of the methods that learn from clips instead of still images.</summary>
    public static IEnumerable<string> OfClips => Kinds.Where(kind => kind.Value.IsSubclassOf(typeof(ClipOptions))).Select(kind => kind.Key);

    /// <summary>Whether a method of this name learns from clips instead of still images.</summary>
    public static bool IsOfClips(string? name) => OfClips.Contains(name);

    /// <summary>Frames of a clip that it looks at together; 1 for still images.</summary>
    [JsonIgnore]
    public virtual int Frames => 1;

    /// <summary>From one of them to the next.</summary>
    [JsonIgnore]
    public virtual int FrameStep => 1;

    /// <summary>What builds the part that is kept.</summary>
    [JsonIgnore]
    public abstract EncoderOptions Kept { get; }

    /// <summary>The same method on another encoder, such as one that is already trained.</summary>
    /// <exception cref="ArgumentException">The method takes none of that kind.</exception>
    public virtual MethodOptions On(EncoderOptions encoder) =>
        throw new ArgumentException($"{Name} can't go on from other weights.");

    /// <summary>How it changes patches; null where it cuts none.</summary>
    [JsonIgnore]
    public virtual PatchAugmentation? PatchAugmentation => null;

    /// <summary>Batch and optimiser that suit the method where a recipe says nothing.</summary>
    [JsonIgnore]
    public abstract SuggestedTraining Suggested { get; }

    /// <summary>Adds this record's faults to the list, those of the encoder too.</summary>
    public abstract void Validate(InputFormat input, ICollection<string> faults);

    public abstract IMethod Build(MethodContext context);

    /// <summary>The reasons of what <see cref="For"/> chose, one sentence each.</summary>
    public virtual IReadOnlyList<string> Reasons(InputFormat input) => [];

    /// <summary>Whether several processes can share its batches.</summary>
    internal virtual bool LearnsInRanks => false;

    /// <exception cref="ArgumentException">A rank's part of a batch is not what the method compares.</exception>
    internal virtual void CheckShare(int images, int batchSize) { }

    /// <summary>What a reader of its numbers must know and can't guess, one sentence each.</summary>
    public virtual IReadOnlyList<string> Remarks(InputFormat input) => [];

    /// <summary>
    /// Rows of pictures that show what the network is given, as cut and as augmented: each [B, rows, columns, C, h, w] of 0 to 1.
    /// </summary>
    public abstract IReadOnlyList<Tensor> Examples(ImageBatch batch, InputFormat input, Generator generator);
}

/// <summary>Where a method is built.</summary>
/// <param name="Generator">Draws the first weights.</param>
/// <param name="Compute">What products are computed in; weights, norms and losses stay Float32.</param>
/// <param name="Threads">For the augmentation; the training loop gives them to parts of a batch otherwise.</param>
public sealed record MethodContext(InputFormat Input, Generator Generator, Device Device, Arithmetic Compute, int Threads = 1)
{
    /// <summary>In Float32.</summary>
    public MethodContext(InputFormat input, Generator generator, Device device, int Threads = 1)
        : this(input, generator, device, Arithmetic.Float32, Threads) { }

    /// <summary>Weights that the encoder begins with, under its own names; null for those that <see cref="Generator"/> draws.</summary>
    public IReadOnlyDictionary<string, Tensor>? Start { get; init; }

    /// <summary>The encoder that learns. Whoever keeps a copy of it copies it after this.</summary>
    /// <exception cref="ArgumentException">The weights to start from are those of another network.</exception>
    public Encoder NewEncoder(EncoderOptions options)
    {
        var encoder = options.Build(Input, Generator);
        if (Start is not null) encoder.Load(Start);
        return encoder;
    }

    /// <summary>This process's part of each batch; all of it where there is one process.</summary>
    public BatchShare Share { get; init; } = BatchShare.Whole;

    /// <summary>How many the source has, for methods that keep something of each; 0 where there is no source.</summary>
    public int Images { get; init; }

    /// <summary>Of each image the clip that it is a frame of; empty for still images.</summary>
    public IReadOnlyList<int> Clips { get; init; } = [];

    /// <summary>Moves a new network to the device, to compute there as the context says.</summary>
    internal T Place<T>(T network) where T : Torch.Layers.Module
    {
        network.To(Device);
        network.Compute(Compute);
        network.Synchronise(Share.Norms);
        return network;
    }

    /// <summary>What a normalised picture looks like.</summary>
    /// <param name="images">[B, C, h, w], normalised</param>
    /// <returns>Of 0 to 1, on the CPU.</returns>
    internal Tensor Shown(Tensor images) => Pixels(images.Detach().To(Device.Cpu));

    /// <summary>[B, C, h, w], normalised, to pixels of 0 to 1.</summary>
    internal Tensor Pixels(Tensor images) => Input.Std.Count == 0
        ? images
        : images * PerChannel(Input.Std, images.Device) + PerChannel(Input.Mean, images.Device);

    /// <summary>Pixels of 0 to 1, [B, C, h, w] or [B, 1, h, w] for the same in all channels, to the network's [B, C, h, w].</summary>
    internal Tensor Normalised(Tensor pixels) => Input.Std.Count == 0
        ? pixels.Expand(pixels.Size(0), Input.Channels, pixels.Size(2), pixels.Size(3))
        : (pixels - PerChannel(Input.Mean, pixels.Device)) / PerChannel(Input.Std, pixels.Device);

    /// <summary>The grey version of normalised images, [B, 1, h, w] of 0 to 1: luma of colour, else the mean of the channels.</summary>
    internal Tensor Luma(Tensor images) => Input.Channels == 3
        ? (Pixels(images) * PerChannel([Augmentation.Luma.Red, Augmentation.Luma.Green, Augmentation.Luma.Blue], images.Device))
            .Sum(1, keep: true)
        : Pixels(images).Mean(1, keep: true);

    private static Tensor PerChannel(IReadOnlyList<double> of, Device device) =>
        Tensor.From<float>([.. of.Select(value => (float)value)], 1, of.Count, 1, 1).To(device);

    /// <exception cref="ArgumentException">Names every fault of settings and input at once.</exception>
    public void Check(MethodOptions options)
    {
        var faults = new List<string>();
        Input.Validate(faults);
        if (faults.Count == 0) options.Validate(Input, faults);
        if (faults.Count > 0) throw new ArgumentException($"{options.Name}: {string.Join("; ", faults)}.");
    }
}

/// <param name="Optimiser">With its learning rate at this batch size.</param>
public sealed record SuggestedTraining(int BatchSize, OptimiserOptions Optimiser);
