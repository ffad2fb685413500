namespace Foresee.DataSets;

/// <summary>A file of a public data set, as its makers publish it.</summary>
/// <param name="Bytes">Its length.</param>
/// <param name="Md5">In hex; as published, so no stronger sum could be compared. It tells a damaged file, not a forged one.</param>
public sealed record PublicFile(string Address, long Bytes, string Md5)
{
    /// <summary>The sum covers so many bytes from the beginning; null for all.</summary>
    public long? SummedBytes { get; init; }

    public string Name => Address[(Address.LastIndexOf('/') + 1)..];

    /// <summary>Whether it must be unpacked; the gzipped IDX files of the MNIST family are read as they are.</summary>
    public bool IsArchive => Name.EndsWith(".tar.gz", StringComparison.Ordinal) || Name.EndsWith(".tgz", StringComparison.Ordinal);
}

/// <summary>A public data set that can be fetched.</summary>
/// <param name="Page">Where its makers describe it and its terms.</param>
public sealed record PublicData(string Name, string Description, string Page, IReadOnlyList<PublicFile> Files)
{
    private const string Zalando = "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/";
    // its makers' own server mostly refuses; the sums are of the same files
    private const string MnistMirror = "https://ossci-datasets.s3.amazonaws.com/mnist/";

    /// <summary>Bytes to fetch.</summary>
    public long Bytes => Files.Sum(file => file.Bytes);

    public static IReadOnlyList<PublicData> All { get; } =
    [
        new("fashion-mnist", "60,000 + 10,000 grey 28 x 28 photographs of clothes, 10 classes",
            "https://github.com/zalandoresearch/fashion-mnist",
        [
            new(Zalando + "train-images-idx3-ubyte.gz", 26_421_880, "8d4fb7e6c68d591d4c3dfef9ec88bf0d"),
            new(Zalando + "train-labels-idx1-ubyte.gz", 29_515, "25c81989df183df01b3e8a0aad5dffbe"),
            new(Zalando + "t10k-images-idx3-ubyte.gz", 4_422_102, "bef4ecab320f06d8554ea6380940ec79"),
            new(Zalando + "t10k-labels-idx1-ubyte.gz", 5_148, "bb300cfdad3c16e7a12a480ee83cd310"),
        ]),
        new("mnist", "60,000 + 10,000 grey 28 x 28 digits, 10 classes", "http://yann.lecun.com/exdb/mnist/",
        [
            new(MnistMirror + "train-images-idx3-ubyte.gz", 9_912_422, "f68b3c2dcbeaaa9fbdd348bbdeb94873"),
            new(MnistMirror + "train-labels-idx1-ubyte.gz", 28_881, "d53e105ee54ea40749a09fcbcd1e9432"),
            new(MnistMirror + "t10k-images-idx3-ubyte.gz", 1_648_877, "9fb629c4189551a2d022fa330f9573f3"),
            new(MnistMirror + "t10k-labels-idx1-ubyte.gz", 4_542, "ec29112dd5afa0611ce80d1b7f02629c"),
        ]),
        new("cifar10", "50,000 + 10,000 colour 32 x 32 photographs, 10 classes", "https://www.cs.toronto.edu/~kriz/cifar.html",
            [new("https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz", 170_052_171, "c32a1d4ab5d03f1284b67883e8d87530")]),
        new("cifar100", "50,000 + 10,000 colour 32 x 32 photographs, 100 classes", "https://www.cs.toronto.edu/~kriz/cifar.html",
            [new("https://www.cs.toronto.edu/~kriz/cifar-100-binary.tar.gz", 168_513_733, "03b5dce01913d631647c71ecec9e9cb8")]),
        new("stl10", "5,000 + 8,000 colour 96 x 96 photographs, 10 classes, and 100,000 without labels",
            "https://cs.stanford.edu/~acoates/stl10/",
            [new("http://ai.stanford.edu/~acoates/stl10/stl10_binary.tar.gz", 2_640_397_119, "91f7769df0f17e558f3565bffb0c7dfb")]),
        new("imagewang-160", "14,669 + 3,929 colour photographs of 160 px and more, 20 classes, and 7,750 without labels",
            "https://github.com/fastai/imagenette",
            // fastai publishes the sum of the first MiB; gzip's own sum finds damage in the rest while it is unpacked
            [new("https://s3.amazonaws.com/fast-ai-imageclas/imagewang-160.tgz", 191_498_213,
            "dab9b1d97b95574ac64122a19bc74ca1") { SummedBytes = 1 << 20 }]),
    ];
}
