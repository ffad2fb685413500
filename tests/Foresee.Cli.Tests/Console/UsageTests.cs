using Foresee.Recipes;

namespace Foresee.Cli.Tests;

public sealed class UsageTests
{
    [Theory]
    [InlineData("docto", "did you mean 'doctor'?")]
    [InlineData("doctor --jsn", "did you mean '--json'?")]
    [InlineData("pretrain", "IMAGES is missing: a folder of images")]
    [InlineData("pretrain images", "--out")]
    [InlineData("pretrain images --out x --recipe fashon-mnist", "did you mean 'fashion-mnist'?")]
    [InlineData("pretrain images --out x --epochs 0", "--epochs must be a number above 0, got '0'")]
    [InlineData("pretrain images --out x --epochs 2 --minutes 3", "--epochs and --minutes exclude each other")]
    [InlineData("pretrain images --out x --threads two", "--threads must be a whole number from 1 to 4096, got 'two'")]
    [InlineData("pretrain images --out x --device gpu", "use cpu, cuda or cuda:N")]
    [InlineData("evaluate run data --labels 10/class", "--out")]
    [InlineData("evaluate run data --out x --labels ten", "10/class for ten labels of each class")]
    [InlineData("evaluate run data --out x --labels 10/class,1%", "must be all per class or all shares")]
    [InlineData("evaluate run data --out x --labels 10/class --protocol linaer", "did you mean 'linear'?")]
    [InlineData("evaluate run data --out x --labels 10/class --tune", "add supervised to --protocol")]
    [InlineData("evaluate run data --out x --labels 10/class --tuned found.json", "add supervised to --protocol")]
    [InlineData("evaluate run data --out x --labels 10/class --protocol pixels --tune --tuned found.json", "give one of the two")]
    [InlineData("evaluate run data --out x --labels 10/class --whole-images --stride 2", "give one of the two")]
    [InlineData("evaluate run data --out x --labels 10/class --balance --protocol linear,neighbours", "neighbours learns without it")]
    [InlineData("evaluate run data --out x --labels 10/class --draws 0", "--draws must be a whole number from 1 to 1000, got '0'")]
    [InlineData("ablation images --labelled data --labels 10/class --out x", "give --minutes or --images, one of them")]
    [InlineData("ablation images --labelled data --labels 10/class --out x --minutes 1 --images 9",
        "give --minutes or --images, one of them")]
    [InlineData("embed run images", "--out")]
    [InlineData("embed run images --out f.npy --pooling 4", "--pooling must be 1x1, 2x2, 3x3 or whole; got '4'")]
    [InlineData("inspect", "RUN is missing: the folder that pretrain wrote")]
    [InlineData("demo --draws x", "--draws must be a whole number from 1 to 1000, got 'x'")]
    [InlineData("data gte", "Unknown command 'gte'; did you mean 'get'?")]
    [InlineData("data get", "NAME is missing: the data set: ")]
    [InlineData("data get cifar01", "Unknown data set 'cifar01'; did you mean 'cifar10'?")]
    [InlineData("data get --uot x cifar10", "./foresee data get --help")]
    [InlineData("data check", "LABELLED is missing")]
    [InlineData("doctor more", "Unknown argument 'more'")]
    [InlineData("doctor --json /no/such/folder/x.json", "There is no folder /no/such/folder")]
    public void A_command_line_that_makes_no_sense_returns_2_and_says_what_would(string line, string expected)
    {
        var result = Invocation.Here(line.Split(' '));
        Assert.Equal(ExitCode.Usage, result.Code);
        Assert.Contains(expected, result.Error, StringComparison.Ordinal);
        Assert.Empty(result.Out);
    }

    [Fact]
    public void No_command_prints_the_help()
    {
        var result = Invocation.Here();
        Assert.Equal(ExitCode.Success, result.Code);
        Assert.Equal(Invocation.Here("--help").Out, result.Out);
    }

    [Fact]
    public void The_earlier_name_of_a_command_still_works_is_warned_of_and_no_help_shows_it()
    {
        var earlier = Invocation.Here("ladder", "--help");
        Assert.Equal(ExitCode.Success, earlier.Code);
        Assert.Equal(Invocation.Here("ablation", "--help").Out, earlier.Out);
        Assert.Equal("warning: 'ladder' is now called 'ablation'; the next version will no longer know 'ladder'\n", earlier.Error);
        Assert.DoesNotContain("ladder", Invocation.Here("--help").Out, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("fashion-mnst", "fashion-mnist")]
    [InlineData("fashoin-mnist", "fashion-mnist")]
    [InlineData("Cifar10", "cifar10")]
    [InlineData("wordnet", null)]
    public void The_nearest_name_is_suggested_unless_it_is_another_word(string typed, string? expected) =>
        Assert.Equal(expected, NearestName.Find(typed, ["cifar10", "fashion-mnist", "stl10"]));

    [Theory]
    [InlineData("", "abc", 3)]
    [InlineData("kitten", "sitting", 3)]
    [InlineData("ab", "ba", 1)]
    [InlineData("same", "same", 0)]
    public void Edits_are_counted(string a, string b, int edits)
    {
        Assert.Equal(edits, NearestName.Edits(a, b));
        Assert.Equal(edits, NearestName.Edits(b, a));
    }
}
