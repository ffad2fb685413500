using System.Net;
using Foresee.Torch.Distributed;

namespace Foresee.Torch.Tests.Distributed;

/// <summary>Environments as launchers set them.</summary>
public sealed class RankPlaceTests
{
    private static RankPlace? Read(params (string Name, string Value)[] variables)
    {
        var environment = variables.ToDictionary(variable => variable.Name, variable => variable.Value);
        return RankPlace.Read(name => environment.GetValueOrDefault(name));
    }

    [Fact]
    public void A_process_by_itself_has_no_place() => Assert.Null(Read(("PATH", "/bin")));

    [Fact]
    public void One_process_started_by_a_launcher_is_by_itself() =>
        Assert.Null(Read(("RANK", "0"), ("WORLD_SIZE", "1"), ("MASTER_ADDR", "localhost")));

    [Fact]
    public void Torchrun_tells_rank_machine_and_meeting_place()
    {
        var place = Read(("RANK", "3"), ("WORLD_SIZE", "4"), ("LOCAL_RANK", "1"), ("LOCAL_WORLD_SIZE", "2"), ("MASTER_ADDR", "node7"),
            ("MASTER_PORT", "2345"), ("TORCHELASTIC_RESTART_COUNT", "2"))!;
        Assert.Equal((3, 4, 1, 2, "node7", 2345), (place.Rank, place.Ranks, place.LocalRank, place.LocalRanks, place.Host, place.Port));
        Assert.Equal(("foresee/2", 2, false), (place.Prefix, place.Restarts, place.Serves));
    }

    [Fact]
    public void Rank_0_holds_the_store_unless_torchruns_agent_does()
    {
        (string, string)[] variables = [("RANK", "0"), ("WORLD_SIZE", "2"), ("MASTER_ADDR", "localhost")];
        Assert.True(Read(variables)!.Serves);
        Assert.False(Read([.. variables, ("TORCHELASTIC_USE_AGENT_STORE", "True")])!.Serves);
    }

    [Fact]
    public void Srun_tells_the_step_and_the_first_host_serves()
    {
        var place = Read(("SLURM_PROCID", "5"), ("SLURM_STEP_NUM_TASKS", "8"), ("SLURM_LOCALID", "1"), ("SLURM_STEP_NUM_NODES", "2"),
            ("SLURM_STEP_NODELIST", "gnode[10,20-21]"), ("SLURM_JOB_ID", "123456"))!;
        Assert.Equal((5, 8, 1, 0, "gnode10", 18456), (place.Rank, place.Ranks, place.LocalRank, place.LocalRanks, place.Host, place.Port));
    }

    [Fact]
    public void Inside_sbatch_without_srun_there_is_one_process() => Assert.Null(Read(("SLURM_PROCID", "0"), ("SLURM_NTASKS", "8")));

    [Theory]
    [InlineData("node7", "node7")]
    [InlineData("node7,node8", "node7")]
    [InlineData("node[03-05,9],other", "node03")]
    [InlineData("rack1-n[2].cluster.org", "rack1-n2.cluster.org")]
    public void The_first_host_of_a_Slurm_list(string list, string first) => Assert.Equal(first, RankPlace.FirstHost(list));

    [Fact]
    public void Mpi_on_one_machine_meets_on_the_loopback()
    {
        var open = Read(("OMPI_COMM_WORLD_RANK", "1"), ("OMPI_COMM_WORLD_SIZE", "2"), ("OMPI_COMM_WORLD_LOCAL_RANK", "1"),
            ("OMPI_COMM_WORLD_LOCAL_SIZE", "2"))!;
        Assert.Equal((1, 2, "127.0.0.1", RankPlace.DefaultPort), (open.Rank, open.Ranks, open.Host, open.Port));
        Assert.True(open.IsOneMachine);
        Assert.Equal(1, Read(("PMI_RANK", "1"), ("PMI_SIZE", "2"), ("MASTER_ADDR", "node1"))!.Rank);
    }

    [Fact]
    public void Mpi_on_several_machines_needs_the_host_of_rank_0()
    {
        var error = Assert.Throws<GroupException>(() => Read(("OMPI_COMM_WORLD_RANK", "1"), ("OMPI_COMM_WORLD_SIZE", "4"),
            ("OMPI_COMM_WORLD_LOCAL_SIZE", "2")));
        Assert.Contains("MASTER_ADDR", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("RANK", "first")]
    [InlineData("RANK", "2")]
    [InlineData("MASTER_PORT", "-1")]
    [InlineData("MASTER_PORT", "0")]
    [InlineData("MASTER_PORT", "65536")]
    public void What_is_no_place_is_refused_by_name_and_value(string name, string value)
    {
        var variables = new Dictionary<string, string> { ["RANK"] = "0", ["WORLD_SIZE"] = "2", ["MASTER_ADDR"] = "localhost", [name] = value };
        var error = Assert.Throws<GroupException>(() => RankPlace.Read(variable => variables.GetValueOrDefault(variable)));
        Assert.Contains(value, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("node1", 0, "10.1.2.3", "10.1.2.3")]     // the way leads out
    [InlineData("node1", 0, "127.0.1.1", "192.168.0.7")] // a host that calls itself so, as Debian's do
    [InlineData("node1", 2, "127.0.1.1", "127.0.1.1")]   // all are on this machine
    [InlineData("127.0.0.1", 0, "127.0.0.1", "127.0.0.1")]
    [InlineData("localhost", 0, "127.0.0.1", "127.0.0.1")]
    public void A_rank_gives_the_others_an_address_that_they_can_reach(string host, int localRanks, string way, string expected)
    {
        var place = new RankPlace(0, 2, 0, localRanks, host, 29500, "test");
        Assert.Equal(expected, OwnAddress.Choose(place, IPAddress.Parse(way), () => IPAddress.Parse("192.168.0.7"))!.ToString());
        Assert.Equal(way, OwnAddress.Choose(place, IPAddress.Parse(way), () => null)!.ToString());
    }
}
