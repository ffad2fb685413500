using Foresee.Images;

namespace Foresee.Inference.Tests;

public sealed class ModelDescriptionTests
{
    private static readonly ModelDescription Full = new(["cat", "dog"], new(32, 32, 3)
    {
        Margin = 4,
        Small = SmallImages.Enlarge,
        Window = new([0, 10, 20], [100, 200, 300]),
        Mean = [0.1, 0.2, 0.3],
        Std = [0.4, 0.5, 0.6],
    }, 512)
    {
        Temperature = 1.7,
        Novelty = new(5, 0.3, 0.95),
        Conformal = new([0.01, 0.2, 0.2, 0.9]),
        Accuracy = new(91.5, 90, 93, 200, "5-fold cross-validation"),
        Start = "imagenet-resnet18",
        Protocol = "linear",
        Program = "0.1.0",
        Commit = "abc",
        DataHash = "123",
        Data = "pets",
        Labels = 20,
        Seed = 3,
        Time = new(2026, 11, 30, 12, 0, 0, TimeSpan.Zero),
        Command = "foresee fit pets",
        Machine = "2 cores",
        Seconds = 12.5,
        References = ["cat/1.png", "dog/2.png"],
        Tried = [new("simclr", "linear", 90, 88, 92, 100, null), new("none", "supervised", null, null, null, 0, "no time left")],
    };

    [Fact]
    public void Json_gives_back_what_was_written()
    {
        var json = Full.ToJson();
        var read = ModelDescription.Parse(json, "model.json");
        Assert.Equal(json, read.ToJson());
        Assert.Equal(Full.Input, read.Input);
        Assert.Equal(Full.Tried, read.Tried);
        Assert.Contains("\"data_hash\": \"123\"", json, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_missing_has_its_default()
    {
        var read = ModelDescription.Parse("""{"classes":["a","b"],"input":{"height":8,"width":8,"channels":1},"features":4}""", "model.json");
        Assert.Equal(new ModelDescription(["a", "b"], new(8, 8, 1), 4).ToJson(), read.ToJson());
    }

    [Fact]
    public void A_later_format_is_refused_whatever_else_it_says()
    {
        var error = Assert.Throws<InvalidDataException>(() => ModelDescription.Parse("""{"format":2,"klassen":[]}""", "model.json"));
        Assert.Equal("model.json is of format 2, written by a later Foresee; this one reads up to 1. Update Foresee, or fit the model again "
            + "with this one.", error.Message);
    }

    [Theory]
    [InlineData("", "")]
    [InlineData("null", "null")]
    [InlineData("[]", "")]
    [InlineData("""{"format":0,"classes":["a"],"input":{"height":8,"width":8,"channels":1},"features":4}""", "the format is 0")]
    [InlineData("""{"classes":["a"],"input":{"height":8,"width":8,"channels":1}}""", "features")]
    [InlineData("""{"classes":null,"input":{"height":8,"width":8,"channels":1},"features":4}""", "classes")]
    [InlineData("""{"classes":[],"input":{"height":8,"width":8,"channels":1},"features":4}""", "no classes")]
    [InlineData("""{"classes":["a",null],"input":{"height":8,"width":8,"channels":1},"features":4}""", "no name")]
    [InlineData("""{"classes":["a","a"],"input":{"height":8,"width":8,"channels":1},"features":4}""", "same name")]
    [InlineData("""{"classes":["a"],"input":{"height":0,"width":8,"channels":1},"features":4}""", "8 x 0 pixels")]
    [InlineData("""{"classes":["a"],"input":{"height":2000000000,"width":2000000000,"channels":9},"features":4}""", "larger than an array")]
    [InlineData("""{"classes":["a"],"input":{"height":8,"width":8,"channels":1},"features":4,"temperature":0}""", "temperature")]
    [InlineData("""{"classes":["a"],"input":{"height":8,"width":8,"channels":1},"features":4,"novelty":{"neighbours":0,"threshold":1,"specificity":2}}""",
        "specificity")]
    [InlineData("""{"classes":["a"],"input":{"height":8,"width":8,"channels":1},"features":4,"conformal":{"scores":[0.3,0.2]}}""", "rise")]
    [InlineData("""{"classes":["a"],"input":{"height":8,"width":8,"channels":1},"features":4,"conformal":{"scores":[0.3,1.2]}}""", "within 0")]
    public void Faults_are_told_with_a_remedy(string json, string words)
    {
        var error = Assert.Throws<InvalidDataException>(() => ModelDescription.Parse(json, "model.json"));
        Assert.Contains(words, error.Message, StringComparison.Ordinal);
        Assert.Contains("fit it again", error.Message, StringComparison.Ordinal);
    }
}
