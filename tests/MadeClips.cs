using Foresee.Images;

namespace Foresee.Tests;

/// <summary>Clips of a textured square that moves over a background of soft colours, each clip with colours and a way of its own.</summary>
internal static class MadeClips
{
    private const int Cell = 8; // pixels of a soft colour

    /// <summary>Where the square is in a frame, and how far the camera has gone.</summary>
    public sealed record Scene(int Side, int Square, (int Top, int Left) Start, (int Down, int Right) Speed, (int Down, int Right) Camera)
    {
        /// <summary>In the picture of frame t.</summary>
        public (int Top, int Left) At(int t) =>
            (Start.Top + t * (Speed.Down - Camera.Down), Start.Left + t * (Speed.Right - Camera.Right));
    }

    /// <summary>One of the ways aslant across the picture.</summary>
    public static Scene Across(int clip, int frames, int side = 32, int square = 8)
    {
        var random = new Random(clip);
        var span = side - square;
        var (down, right) = (random.Next(2) * 2 - 1, random.Next(2) * 2 - 1);
        (int Down, int Right) speed = (down * Math.Max(1, span / frames), right * Math.Max(1, span / frames));
        int From(int step) => step > 0 ? random.Next(span - (frames - 1) * step + 1) : random.Next(-(frames - 1) * step, span + 1);
        return new(side, square, (From(speed.Down), From(speed.Right)), speed, (0, 0));
    }

    /// <returns>RGB</returns>
    public static Image Frame(Scene scene, int clip, int t)
    {
        var (soft, hard) = (Colours(clip, 0, 90, 210), Colours(clip, 1, 0, 255));
        var pixels = new byte[scene.Side * scene.Side * 3];
        var (top, left) = scene.At(t);
        for (var y = 0; y < scene.Side; y++)
            for (var x = 0; x < scene.Side; x++)
                for (var c = 0; c < 3; c++)
                {
                    var inside = y >= top && y < top + scene.Square && x >= left && x < left + scene.Square;
                    pixels[(y * scene.Side + x) * 3 + c] = inside
                        ? hard[((y - top) / 3 * 7 + (x - left) / 3) % 64 * 3 + c]
                        : Soft(soft, y + t * scene.Camera.Down, x + t * scene.Camera.Right, c);
                }
        return new(scene.Side, scene.Side, 3, pixels);
    }

    /// <summary>A folder of PNG files for each clip: clip-000/frame1.png.</summary>
    public static void Write(string folder, int clips, int frames, int side = 32)
    {
        for (var clip = 0; clip < clips; clip++)
        {
            var to = Directory.CreateDirectory(Path.Combine(folder, $"clip-{clip:000}")).FullName;
            var scene = Across(clip, frames, side, side / 4);
            for (var t = 0; t < frames; t++)
                File.WriteAllBytes(Path.Combine(to, $"frame{t + 1}.png"), ImageFile.EncodePng(Frame(scene, clip, t)));
        }
    }

    private static byte[] Colours(int clip, int kind, int low, int high)
    {
        var random = new Random(clip * 2 + kind);
        return [.. Enumerable.Range(0, 3 * 256).Select(_ => (byte)random.Next(low, high + 1))];
    }

    /// <summary>Between the colours of the four corners of a cell, of a plane without end.</summary>
    private static byte Soft(byte[] colours, int y, int x, int channel)
    {
        y += 64 * Cell;
        x += 64 * Cell;
        byte Corner(int down, int right) => colours[((y / Cell + down) % 16 * 16 + (x / Cell + right) % 16) * 3 + channel];
        var (b, a) = (y % Cell / (double)Cell, x % Cell / (double)Cell);
        return (byte)Math.Round((1 - b) * ((1 - a) * Corner(0, 0) + a * Corner(0, 1)) + b * ((1 - a) * Corner(1, 0) + a * Corner(1, 1)));
    }
}
