namespace Foresee.Images;

/// <summary>Why an image is left out.</summary>
public enum RefusalKind
{
    /// <summary>The system does not give the file away.</summary>
    Unreadable,
    Missing,

    /// <summary>A folder, a pipe, a socket, a device, or empty.</summary>
    NotAFile,

    /// <summary>Of no format that is read.</summary>
    NotAnImage,
    CutOff,
    Damaged,

    /// <summary>
    /// Values that are no whole numbers of 8 or 16 bits without a sign, or colours that are neither grey nor RGB nor CMYK.
    /// </summary>
    SampleType,

    /// <summary>Other channels than were asked for.</summary>
    Channels,
    TooSmall,
    TooLarge,
}
