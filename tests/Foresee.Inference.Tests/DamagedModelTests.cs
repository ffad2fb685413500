using System.Text;
using Foresee.Tests;

namespace Foresee.Inference.Tests;

/// <summary>Files that are no whole model of Foresee: each is refused in words, with what to do.</summary>
public sealed class DamagedModelTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("foresee-").FullName;
    private readonly TinyModel model = new(["apple", "pear"]);

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private string Refused(byte[] content)
    {
        var path = Path.Combine(folder, "model.onnx");
        File.WriteAllBytes(path, content);
        var error = Assert.Throws<InvalidDataException>(() => Classifier.Load(folder).Dispose());
        Assert.Contains(path, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("Exception", error.Message, StringComparison.Ordinal);
        Assert.Matches("fit (it|the model) again|name the folder|Update Foresee", error.Message);
        return error.Message;
    }

    private void AssertRefused(string words) => Assert.Contains(words, Refused(model.Bytes()), StringComparison.Ordinal);

    [Fact]
    public void No_model_is_told_by_what_is_there()
    {
        Assert.Contains("no model.onnx, so it holds no fitted model",
            Assert.Throws<FileNotFoundException>(() => Classifier.Load(folder)).Message, StringComparison.Ordinal);
        Assert.Contains("There is no model", Assert.Throws<FileNotFoundException>(() => Classifier.Load(Path.Combine(folder, "x"))).Message,
            StringComparison.Ordinal);
    }

    /// <summary>The metadata come last in the file, so that nothing cut off looks whole.</summary>
    [Fact]
    public void A_model_cut_off_anywhere_is_refused()
    {
        var whole = model.Bytes();
        for (var length = 0; length < whole.Length; length += length < 64 ? 1 : 13) Refused(whole[..length]);
    }

    [Fact]
    public void Other_files_are_refused()
    {
        Assert.Contains("it is", Refused(Encoding.UTF8.GetBytes("This is no model at all, but a letter to the reader.")), StringComparison.Ordinal);
        Assert.Contains("it is no ONNX model", Refused([]), StringComparison.Ordinal);
        Assert.Contains("it is", Refused(new byte[1000]), StringComparison.Ordinal);
    }

    [Fact]
    public void A_model_of_somebody_else_is_refused()
    {
        model.Metadata[ModelDescription.MetadataKey] = null;
        AssertRefused("none that Foresee fitted");
    }

    [Fact]
    public void A_later_format_is_refused()
    {
        model.Metadata[ModelDescription.MetadataKey] = """{"format":9}""";
        AssertRefused("of format 9, written by a later Foresee");
    }

    [Fact]
    public void A_damaged_description_is_refused()
    {
        model.Metadata[ModelDescription.MetadataKey] = "{";
        AssertRefused("the description can't be used");
    }

    [Fact]
    public void Weights_in_another_file_are_refused()
    {
        File.WriteAllBytes(Path.Combine(folder, "weights.bin"), new byte[1000]);
        model.External = "weights.bin";
        AssertRefused("weights lie in other files");
    }

    [Fact]
    public void An_input_of_another_name_is_refused()
    {
        model.InputName = "images";
        AssertRefused("it has no input 'pixels' (it has images)");
    }

    [Fact]
    public void Outputs_of_other_names_are_refused()
    {
        model.OutputNames = ["probabilities", "vectors"];
        AssertRefused("it has no output 'features'");
    }

    [Fact]
    public void A_fixed_batch_is_refused()
    {
        model.Batch = 1;
        AssertRefused("is UInt8 [1, 3, 4, 5], expected UInt8 [-1, 3, 4, 5], -1 for any number of images");
    }

    [Fact]
    public void Another_size_than_described_is_refused()
    {
        model.Metadata[ModelDescription.MetadataKey] = (model.Description with { Input = new(8, 8, 3) }).ToJson();
        AssertRefused("expected UInt8 [-1, 3, 8, 8]");
    }

    [Fact]
    public void Another_number_of_classes_than_described_is_refused()
    {
        model.Metadata[ModelDescription.MetadataKey] = (model.Description with { Classes = ["a", "b", "c"] }).ToJson();
        AssertRefused("expected Float [-1, 3]");
    }

    [Fact]
    public void Numbers_that_are_none_are_refused()
    {
        model.Bias = [float.NaN, 0];
        AssertRefused("sum to NaN");
    }

    [Fact]
    public void Infinite_features_are_refused()
    {
        (model.Range, model.Weights) = (0, new float[6]);
        Refused(model.Bytes());
    }

    [Theory]
    [InlineData("", "can't be used")]
    [InlineData("?", "can't be used")]
    [InlineData("AAAA", "the header is cut off")]
    public void Damaged_references_are_refused(string text, string words)
    {
        model.Metadata[ModelDescription.ReferencesKey] = text;
        AssertRefused(words);
    }

    [Fact]
    public void References_cut_off_anywhere_are_refused()
    {
        var whole = Convert.FromBase64String(new ModelReferences([1, 0, 0, 0, 1, 0], [0, 1]).ToText());
        for (var length = 0; length < whole.Length; length++)
            Assert.Throws<InvalidDataException>(() => ModelReferences.Parse(Convert.ToBase64String(whole[..length]), "file"));
    }

    [Fact]
    public void References_that_do_not_fit_are_refused()
    {
        model.References = new([1, 0, 0, 1], [0, 1]);
        AssertRefused("have 2 features each, the model 3");
        model.References = new([1, 0, 0, 0, 1, 0], [0, 2]);
        AssertRefused("a reference image is of class 2, and there are 2 classes");
        model.References = new([1, 0, 0, 0, 1, 0], [0, -2]);
        AssertRefused("a reference image is of class -2");
        model.References = new([1, 0, 0, 0, 1, 0], [0, -1]);
        model.Description = model.Description with { References = ["one.png"] };
        AssertRefused("2 reference images and 1 names");
    }

    [Fact]
    public void A_rule_for_images_out_of_place_needs_references()
    {
        model.Description = model.Description with { Novelty = new(3, 0.5, 0.95) };
        AssertRefused("but no reference images");
        model.References = new([1, 0, 0, 0, 1, 0], [0, 1]);
        AssertRefused("asks for 3 neighbours, and there are 2");
    }
}
