namespace Foresee.Images.Decoding;

/// <summary>A picture of a plain format, decoded when its rows are asked for: a few bytes can stand for many pixels.</summary>
/// <param name="Rows">Gives Height x Width x Channels, of 1 byte or 2, the lower first.</param>
internal sealed record StoredPicture(PictureHeader Header, Func<byte[]> Rows);
