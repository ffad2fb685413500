using Foresee.Images;

namespace Foresee.Tests.Images;

public sealed class SourceRecordTests : IDisposable
{
    private readonly Scratch scratch = new();

    public void Dispose() => scratch.Dispose();

    [Fact]
    public void Differences_say_how_many_images_are_others_and_name_the_first()
    {
        foreach (var name in new[] { "a.png", "b.png", "c.png", "d.png" }) scratch.Png(name, (byte)name[0]);
        var record = scratch.At(".record/images.json");
        SourceRecord.Write(new ImageFolder(scratch.Folder), record);
        scratch.Png("new.png");
        scratch.Png("b.png", 7);
        File.Delete(scratch.At("c.png"));
        File.Move(scratch.At("d.png"), scratch.At("z.png"));
        var differences = SourceRecord.Differences(record, new ImageFolder(scratch.Folder));
        Assert.Equal("4 images, then 4: 2 added (first new.png), 2 gone (first c.png), 1 changed (b.png)", differences);
    }

    [Fact]
    public void Without_a_record_nothing_is_said()
    {
        scratch.Png("a.png");
        Assert.Null(SourceRecord.Differences(scratch.At("images.json"), new ImageFolder(scratch.Folder)));
    }
}
