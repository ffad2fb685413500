namespace Foresee.Images;

/// <summary>The public sets that come as record files.</summary>
public enum RecordSet
{
    Cifar10,
    Cifar100,
    Stl10,
}

/// <summary>
/// The record files of a folder, by the names they have in the binary versions of CIFAR-10 (data_batch_1.bin ..., test_batch.bin),
/// CIFAR-100 (train.bin, test.bin) and STL-10 (train_X.bin, test_X.bin, unlabeled_X.bin).
/// </summary>
public sealed record RecordFolder(RecordSet Set, RecordFormat Format, IReadOnlyList<string> Train, IReadOnlyList<string> Unlabelled,
    IReadOnlyList<string> Test)
{
    private static readonly RecordFormat Cifar10 = new(1, 32, 32, PlaneOrder.Rows), Cifar100 = Cifar10 with { Prefix = 2 },
        Stl10 = new(0, 96, 96, PlaneOrder.Columns);

    /// <summary>What a folder holds, or null.</summary>
    public static RecordFolder? Find(string folder)
    {
        string[] There(string name) => File.Exists(Path.Combine(folder, name)) ? [Path.Combine(folder, name)] : [];
        string[] batches = [.. Directory.EnumerateFiles(folder, "data_batch_*.bin").Order(StringComparer.Ordinal)];
        if (batches.Length > 0) return new(RecordSet.Cifar10, Cifar10, batches, [], There("test_batch.bin"));
        if (There("train.bin") is [_] train && There("test.bin") is [_] test) return new(RecordSet.Cifar100, Cifar100, train, [], test);
        var (labelled, unlabelled) = (There("train_X.bin"), There("unlabeled_X.bin"));
        return labelled.Length + unlabelled.Length > 0 ? new(RecordSet.Stl10, Stl10, labelled, unlabelled, There("test_X.bin")) : null;
    }
}
