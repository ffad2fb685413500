namespace Foresee.Images.Decoding;

/// <summary>A picture of a plain format, whole in memory.</summary>
/// <param name="Rows">Height x Width x Channels, of 1 byte or 2, the lower first.</param>
internal sealed record StoredPicture(PictureHeader Header, byte[] Rows);
