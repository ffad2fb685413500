using Foresee.Images;

namespace Foresee.Labels;

/// <summary>
/// The labels of record files. CIFAR-10 has one byte before the pixels; CIFAR-100 two, the coarse and the fine class, of which the
/// fine one is taken; STL-10 a file beside, train_y.bin, that counts from 1.
/// </summary>
internal static class LabelledRecords
{
    public static LabelledSplits Open(RecordFolder records, string folder, string name)
    {
        if (records.Train.Count == 0)
            throw new ImageDataException($"{folder} has images without labels only (unlabeled_X.bin); labels need train_X.bin and "
                + "train_y.bin beside it.");
        var test = records.Test.Count > 0 ? Part(records, records.Test, name + " (test)") : null;
        return NumberedClasses.Join(folder, Part(records, records.Train, name), test, Names(records.Set, folder));
    }

    private static LabelledImages Part(RecordFolder records, IReadOnlyList<string> files, string name)
    {
        var images = new RecordImages(records.Format, files, name);
        return new(images, records.Set == RecordSet.Stl10
            ? Beside(files[0], images.Count)
            : [.. files.SelectMany(file => Inside(file, records.Format))], []);
    }

    /// <summary>The last byte before the pixels of each record.</summary>
    private static int[] Inside(string path, RecordFormat format)
    {
        var file = new RecordFile(path, format);
        var labels = new int[file.Count];
        Span<byte> label = stackalloc byte[1];
        for (var record = 0; record < labels.Length; record++)
        {
            file.Read(record, format.Prefix - 1, label);
            labels[record] = label[0];
        }
        return labels;
    }

    private static int[] Beside(string images, int count)
    {
        var path = images.Replace("_X.bin", "_y.bin", StringComparison.Ordinal);
        if (!File.Exists(path))
            throw new ImageDataException($"{images} has no labels beside it; {path} should hold them, one byte per image.");
        var labels = File.ReadAllBytes(path);
        if (labels.Length != count)
            throw new ImageDataException($"{path} has {labels.Length} labels for the {count} images of {Path.GetFileName(images)}; are "
                + "they of one data set?");
        if (labels.Contains((byte)0))
            throw new ImageDataException($"{path} has the label 0 for image {Array.IndexOf(labels, (byte)0)}; STL-10 counts its classes "
                + "from 1. Is it another data set?");
        return Array.ConvertAll(labels, label => label - 1);
    }

    /// <summary>One per line of the file that the set brings along; null where it is missing.</summary>
    private static string[]? Names(RecordSet set, string folder)
    {
        var path = Path.Combine(folder, set switch
        {
            RecordSet.Cifar10 => "batches.meta.txt",
            RecordSet.Cifar100 => "fine_label_names.txt",
            _ => "class_names.txt",
        });
        return File.Exists(path) ? [.. File.ReadLines(path).Select(line => line.Trim()).Where(line => line.Length > 0)] : null;
    }
}
