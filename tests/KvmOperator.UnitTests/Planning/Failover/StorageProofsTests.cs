using KvmOperator.Planning.Failover;
using KvmOperator.Planning.Failover.Fencing;
using Xunit;

namespace KvmOperator.UnitTests.Planning.Failover;

/// <summary>A proof is what was read back, of one failure and one boot of the server, and fresh when a guest is started on it.</summary>
public sealed class StorageProofsTests
{
    private static readonly StorageFence Fence = new("f1", 3, "storage", "node1");

    private static readonly FenceReadBack Clean = new("f1", "boot1", "boot1") { Expired = ["7"], HasControl = true, IsSettled = true, ExportsDigest = "42" };

    private static readonly ServerView Server = new("storage", null) { Boot = "boot1", ReadAge = TimeSpan.FromSeconds(1) };

    public static TheoryData<string, string> Leftovers => new()
    {
        { "unmarked", "not marked as fenced" }, { "other", "for another failure, f0" }, { "rebooted", "restarted in between" }, { "export", "still lets it in: /srv *(rw)" }, { "cache", "still remembers" },
        { "client", "client 9 is still there" }, { "state", "has a guest's disk open" }, { "control", "neither a healthy host nor a client" }, { "once", "read once only" },
    };

    [Fact]
    public void A_read_back_that_leaves_nothing_is_a_proof()
    {
        var (proof, lacks) = StorageProofs.Judge(Fence, Clean, isKnown: false);

        Assert.Empty(lacks);
        Assert.Equal(("storage", "f1", "boot1", "42", 3L), (proof!.Server, proof.FailoverId, proof.Boot, proof.ExportsDigest, proof.Epoch));
        Assert.Equal(["7"], proof.Clients);
    }

    [Theory]
    [MemberData(nameof(Leftovers))]
    public void Anything_that_is_left_or_was_not_seen_is_none(string what, string told)
    {
        var read = what switch
        {
            "unmarked" => Clean with { FailoverId = string.Empty },
            "other" => Clean with { FailoverId = "f0" },
            "rebooted" => Clean with { Boot = "boot2" },
            "export" => Clean with { Exports = ["/srv *(rw)"] },
            "cache" => Clean with { CacheEntries = ["auth.unix.ip nfsd 10.0.0.1 10.0.0.1"] },
            "client" => Clean with { Clients = ["9"] },
            "state" => Clean with { States = ["0x1: { type: lock }"] },
            "control" => Clean with { HasControl = false, Expired = [] },
            _ => Clean with { IsSettled = false },
        };

        var (proof, lacks) = StorageProofs.Judge(Fence, read, isKnown: false);

        Assert.Null(proof);
        Assert.Contains(told, Assert.Single(lacks), StringComparison.Ordinal);
    }

    [Fact]
    public void Where_no_host_is_healthy_a_client_that_was_ended_or_an_earlier_proof_shows_that_the_right_server_was_read()
    {
        var alone = Clean with { HasControl = false };

        Assert.NotNull(StorageProofs.Judge(Fence, alone, isKnown: false).Proof);
        Assert.NotNull(StorageProofs.Judge(Fence, alone with { Expired = [] }, isKnown: true).Proof);
        Assert.Null(StorageProofs.Judge(Fence, alone with { Expired = [] }, isKnown: false).Proof);
    }

    [Fact]
    public void A_proof_is_of_one_failure_and_one_boot_and_is_read_again_when_it_is_old_or_another_process_had_it()
    {
        var proof = StorageProofs.Judge(Fence, Clean, isKnown: false).Proof!;

        Assert.Equal(ProofState.Fresh, State(proof, Server));
        Assert.Equal(ProofState.Stale, State(proof, Server with { ReadAge = TimeSpan.FromSeconds(6) }));
        Assert.Equal(ProofState.Stale, State(proof, Server with { ReadAge = null }));
        Assert.Equal(ProofState.Stale, State(proof, Server with { Boot = null }));
        Assert.Equal(ProofState.None, State(proof, Server with { Boot = "boot2" }));
        Assert.Equal(ProofState.None, State(proof, Server with { IsBroken = true }));
        Assert.Equal(ProofState.None, State(proof with { FailoverId = "f0" }, Server));
        Assert.Equal(ProofState.None, State(null, Server));
    }

    [Fact]
    public void Each_server_of_a_guest_has_to_prove_it()
    {
        var proof = StorageProofs.Judge(Fence, Clean, isKnown: false).Proof!;
        var other = Server with { Name = "other" };
        var view = new ExclusionView("f1", FailoverBudgets.Default) { Servers = [Server, other], Proofs = [proof], Remedy = "Confirm it." };

        Assert.True(Exclusions.Of(["storage"], requiresPowerOff: false, view).AllowsStart);
        Assert.Equal("other has not shut it out yet", Exclusions.Of(["storage", "other"], requiresPowerOff: false, view).Message);
        Assert.True(Exclusions.Of(["storage", "other"], requiresPowerOff: false, view with { Proofs = [proof, proof with { Server = "other" }] }).AllowsStart);

        var stale = Exclusions.Of(["storage"], requiresPowerOff: false, view with { Servers = [Server with { ReadAge = null }] });
        Assert.True(stale.IsProven);
        Assert.False(stale.AllowsStart);
        Assert.Equal(["storage"], stale.Unread);
    }

    [Fact]
    public void What_no_server_can_prove_a_person_or_a_controller_can_while_the_machine_is_silent()
    {
        var external = new ServerView("nas", "it is somebody else's");
        var view = new ExclusionView("f1", FailoverBudgets.Default) { Servers = [external], Remedy = "Confirm it." };

        var refused = Exclusions.Of(["nas"], requiresPowerOff: false, view);
        Assert.True(refused.NeedsPerson);
        Assert.Equal("nas cannot shut it out: it is somebody else's. Confirm it.", refused.Message);
        Assert.False(Exclusions.Of(["nas"], requiresPowerOff: false, view with { HasController = true }).NeedsPerson);
        Assert.Equal((true, (FenceMethod?)FenceMethod.PowerOff), Proven(Exclusions.Of(["nas"], requiresPowerOff: false, view with { IsPoweredOff = true })));
        Assert.Equal((true, (FenceMethod?)FenceMethod.Manual), Proven(Exclusions.Of(["nas"], requiresPowerOff: true, view with { IsPoweredOff = true, IsConfirmedOff = true })));
        Assert.False(Exclusions.Of(["nas"], requiresPowerOff: false, view with { IsPoweredOff = true, IsConfirmedOff = true, IsAlive = true }).IsProven);
        Assert.True(Exclusions.Of([], requiresPowerOff: false, view).NeedsPerson);
    }

    [Fact]
    public void A_machine_that_is_off_may_have_left_a_write_on_its_way_and_a_server_that_can_prove_that_none_is_left_has_to()
    {
        var off = new ExclusionView("f1", FailoverBudgets.Default) { Servers = [Server], IsPoweredOff = true, IsConfirmedOff = true };

        Assert.Equal("storage has not shut it out yet", Exclusions.Of(["storage"], requiresPowerOff: false, off).Message);
    }

    [Fact]
    public void A_guest_that_must_not_be_on_the_network_twice_is_not_started_on_a_storage_fence()
    {
        var view = new ExclusionView("f1", FailoverBudgets.Default) { Servers = [Server], Proofs = [StorageProofs.Judge(Fence, Clean, isKnown: false).Proof!] };

        Assert.False(Exclusions.Of(["storage"], requiresPowerOff: true, view).IsProven);
        Assert.Equal((true, (FenceMethod?)FenceMethod.PowerOff), Proven(Exclusions.Of(["storage"], requiresPowerOff: true, view with { IsPoweredOff = true })));
        Assert.Equal((true, (FenceMethod?)FenceMethod.Stop), Proven(Exclusions.Of(["storage"], requiresPowerOff: true, view with { IsCleaned = true, IsAlive = true })));
        Assert.Equal((true, (FenceMethod?)FenceMethod.Storage), Proven(Exclusions.Of(["storage"], requiresPowerOff: false, view with { IsPoweredOff = true })));
    }

    private static (bool AllowsStart, FenceMethod? By) Proven(Exclusion exclusion) => (exclusion.AllowsStart, exclusion.By);

    private static ProofState State(StorageProof? proof, ServerView server) => StorageProofs.StateOf("f1", proof, server, FailoverBudgets.Default);
}
