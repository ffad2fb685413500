using Foresee.Images;

namespace Foresee.Tests.Images;

/// <summary>Folders as people have them: links, folders of systems and programs, names of other machines.</summary>
public sealed class FolderWalkTests : IDisposable
{
    private readonly Scratch scratch = new();

    public void Dispose() => scratch.Dispose();

    private ImageFolder Open() => new(scratch.Folder);

    private PassedOver Single(string reason) =>
        Assert.Single(Open().PassedOver, item => item.Reason.StartsWith(reason, StringComparison.Ordinal));

    [Fact]
    public void A_link_to_a_folder_above_gives_no_copies()
    {
        scratch.Png("2023/a.png");
        scratch.Png("2024/b.png");
        Directory.CreateSymbolicLink(scratch.At("2024/all"), "..");
        Directory.CreateSymbolicLink(scratch.At("2023/back"), "../2023");
        Assert.Equal(["2023/a.png", "2024/b.png"], Open().Files);
        Assert.Equal((2, "2023/back"), (Single("links to folders").Count, Single("links to folders").Example));
    }

    [Fact]
    public void A_link_to_a_folder_elsewhere_is_followed_once()
    {
        using var elsewhere = new Scratch();
        elsewhere.Png("deep/a.png");
        scratch.Png("b.png");
        Directory.CreateSymbolicLink(scratch.At("one"), elsewhere.Folder);
        Directory.CreateSymbolicLink(scratch.At("two"), elsewhere.Folder);
        Assert.Equal(["b.png", "one/deep/a.png"], Open().Files);
        Assert.Equal("two", Single("links to folders").Example);
    }

    [Theory]
    [InlineData("@eaDir")]
    [InlineData("__MACOSX")]
    [InlineData("$RECYCLE.BIN")]
    [InlineData("lost+found")]
    public void What_a_system_keeps_for_itself_is_no_data(string system)
    {
        scratch.Png("photo.png");
        scratch.Png($"a/{system}/photo.png/thumb.png");
        Assert.Equal(["photo.png"], Open().Files);
        Assert.Equal($"a/{system}", Single("folders that a system").Example);
    }

    [Fact]
    public void The_pictures_of_a_run_are_no_images_and_do_not_change_the_hash()
    {
        scratch.Png("photo.png");
        var before = Open().Hash();
        scratch.Write("run/run.json", """{ "recipe": "folder" }"""u8.ToArray());
        scratch.Png("run/augmentation.png");
        Assert.Equal((before, "run"), (Open().Hash(), Single("folders of runs").Example));
        scratch.Write("mine/run.json", """{ "camera": 7 }"""u8.ToArray());
        scratch.Png("mine/1.png");
        Assert.Equal(["mine/1.png", "photo.png"], Open().Files);
    }

    [Fact]
    public void What_is_passed_over_is_counted_by_ending_and_reason()
    {
        scratch.Png("photo.png");
        foreach (var name in new[] { "b.txt", "a.TXT", "c.md", "README", "scan.jp2", "raw.dng", ".hidden" }) scratch.Write(name, [1]);
        scratch.At("empty/x");
        Assert.Equal(
        [
            "1 folder (empty) without an image",
            "1 .md file (c.md), no image by its ending",
            "2 .txt files (a.TXT and others), no images by their ending",
            "1 file without ending (README), no image by its ending",
            "1 .dng file (raw.dng) of a kind that is not read; convert it to PNG, JPEG or TIFF",
            "1 .jp2 file (scan.jp2) of a kind that is not read; convert it to PNG, JPEG or TIFF",
        ], Open().PassedOver.Select(item => item.ToString()));
    }

    [Fact]
    public void Names_that_are_not_UTF8_are_counted_and_the_remedy_is_said()
    {
        scratch.Png("a.png");
        var shell = System.Diagnostics.Process.Start("sh",
            ["-c", "mkdir \"$1/$(printf 'ch\\352ne')\" && cp \"$1/a.png\" \"$1/$(printf 'caf\\351.png')\"", "sh", scratch.Folder])!;
        shell.WaitForExit();
        Assert.Equal(0, shell.ExitCode);
        Assert.Equal(["a.png"], Open().Files);
        Assert.Equal(["", "1 .png", "1 folder"],
            ["", .. Open().PassedOver.Select(item => $"{item.Count} {item.Ending}").Order(StringComparer.Ordinal)]);
        Assert.All(Open().PassedOver, item => Assert.Contains("convmv", item.Reason, StringComparison.Ordinal));
        // .NET can't delete them
        System.Diagnostics.Process.Start("sh", ["-c", "rm -r \"$1\"/ch* \"$1\"/caf*", "sh", scratch.Folder])!.WaitForExit();
    }

    [Fact]
    public void A_folder_unpacked_one_level_too_deep_is_refused_by_the_name_that_was_meant()
    {
        foreach (var part in new[] { "train", "test" })
            foreach (var label in new[] { "ill", "well" }) scratch.Png($"chest/{part}/{label}/1.png");
        var message = Assert.Throws<ImageDataException>(() => ImageSources.Open(scratch.Folder)).Message;
        Assert.Equal($"{scratch.Folder} holds chest, which has train/ and test/ below it; name {scratch.At("chest")}, so that test images "
            + "stay apart.", message);
        Assert.Equal(message, Assert.Throws<ImageDataException>(() => Foresee.Labels.LabelledSources.Open(scratch.Folder)).Message);
    }

    [Fact]
    public void A_named_pipe_with_the_ending_of_an_image_is_named_and_nothing_waits_for_it()
    {
        scratch.Png("a.png");
        System.Diagnostics.Process.Start("mkfifo", [scratch.At("live.jpg")])!.WaitForExit();
        File.CreateSymbolicLink(scratch.At("zero.png"), "/dev/zero");
        var folder = Open();
        Assert.Matches("^[0-9a-f]{64}$", folder.Hash());
        for (var index = 1; index < 3; index++)
        {
            var error = Assert.Throws<UnreadableImageException>(() => folder.Read(index));
            Assert.Equal((RefusalKind.NotAFile, "the file is empty, or no ordinary file (a pipe, a socket, a device)"),
                (error.Kind, error.Reason));
        }
    }

    [Fact]
    public void A_hash_can_be_stopped_inside_a_file()
    {
        using var stop = new CancellationTokenSource();
        using (var file = File.OpenWrite(scratch.At("large.png"))) file.SetLength(1L << 36); // it takes no room on the disk
        stop.CancelAfter(TimeSpan.FromMilliseconds(50));
        Assert.Throws<OperationCanceledException>(() => Open().Hash(stop.Token));
    }

    [Fact]
    public void Each_image_has_a_fingerprint_that_follows_its_content()
    {
        scratch.Png("a.png", 1);
        scratch.Png("b.png", 1);
        scratch.Png("c.png", 2);
        var prints = ((IImageSource)Open()).Fingerprints();
        Assert.Equal(["a.png", "b.png", "c.png"], prints.Select(print => print.Name));
        Assert.Equal(prints[0].Content, prints[1].Content);
        Assert.NotEqual(prints[0].Content, prints[2].Content);
    }

    [Fact]
    public void Every_reason_has_words_for_one_and_for_many()
    {
        string[] reasons = [.. typeof(PassedOverReasons).GetFields().Where(field => field.IsLiteral)
            .Select(field => (string)field.GetValue(null)!)
            .Where(text => text is not (PassedOverReasons.Folder or PassedOverReasons.NoEnding))];
        Assert.True(reasons.Length >= 10);
        foreach (var reason in reasons)
        {
            Assert.NotEqual("things", PassedOverReasons.Of(reason).Noun);
            Assert.StartsWith("1 ", new PassedOver(reason, "", 1, "a").ToString(), StringComparison.Ordinal);
            Assert.Contains("(a and others)", new PassedOver(reason, "", 2, "a").ToString(), StringComparison.Ordinal);
        }
        Assert.Equal("1,200 links (2023/back and others) to folders that are read already",
            new PassedOver(PassedOverReasons.ReadAlready, "", 1200, "2023/back").ToString());
    }
}
