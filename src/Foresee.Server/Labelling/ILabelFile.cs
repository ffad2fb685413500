namespace Foresee.Server.Labelling;

/// <summary>
/// Where labels are kept, on disk. A call has returned only when the disk has what it says; killed at any moment, the file holds every
/// label whose call had returned, whole. One process writes it.
/// </summary>
internal interface ILabelFile : IDisposable
{
    /// <summary>The label of each image, by the image's full path; images that are not in the pool with them.</summary>
    IReadOnlyDictionary<string, string> Labels { get; }

    /// <param name="image">Its full path; it has no label yet.</param>
    void Add(string image, string label);

    void Remove(string image);
}
