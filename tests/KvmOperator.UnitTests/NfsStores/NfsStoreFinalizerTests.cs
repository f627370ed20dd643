using k8s.Models;
using KvmOperator.Api;
using KvmOperator.Api.KvmHosts;
using KvmOperator.Api.NfsStores;
using KvmOperator.Api.VirtualMachines;
using KvmOperator.UnitTests.Api;
using Xunit;

namespace KvmOperator.UnitTests.NfsStores;

/// <summary>When a store may go, and what is taken away with it.</summary>
public sealed class NfsStoreFinalizerTests : IDisposable
{
    private readonly StoreRig rig = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => rig.Dispose();

    [Fact]
    public async Task It_stays_mounted_while_a_guest_has_a_disk_there()
    {
        rig.Add(SpecSamples.Machine);

        Assert.False(await IsGoneAsync(Store("images", 0)));
        Assert.Empty(rig.Machines.Unmounted);
    }

    [Fact]
    public async Task It_stays_mounted_while_a_guest_cannot_be_read()
    {
        rig.AddUndecodableGuest("later");

        Assert.False(await IsGoneAsync(Store("images", 0)));
        Assert.Empty(rig.Machines.Unmounted);
    }

    [Fact]
    public async Task It_is_unmounted_and_no_longer_exported()
    {
        Assert.True(await IsGoneAsync(Store("images", 0)));
        Assert.Equal([SpecSamples.Store.Spec.MountPath], rig.Machines.Unmounted);
        Assert.Equal(["images"], rig.Machines.Withdrawn);
    }

    [Fact]
    public async Task The_mount_of_an_older_store_at_the_same_path_is_left_alone()
    {
        rig.Add(Store("older", 0));

        Assert.True(await IsGoneAsync(Store("newer", 1)));
        Assert.Empty(rig.Machines.Unmounted);
    }

    [Theory]
    [InlineData(null, false)]
    [InlineData("another", false)]
    [InlineData("images", true)]
    public async Task A_store_whose_server_is_gone_goes_when_a_person_says_so(string? said, bool goes)
    {
        rig.Machines.IsGone = true;
        var store = Store("images", 0);
        store.Metadata.Annotations = said is null ? null : new Dictionary<string, string>(StringComparer.Ordinal) { [Annotations.ConfirmPoweredOff] = said };

        Assert.Equal(goes, await IsGoneAsync(store));
        Assert.Equal([SpecSamples.Store.Spec.MountPath], rig.Machines.Unmounted);
    }

    private static NfsStore Store(string name, int age) => new()
    {
        Metadata = new V1ObjectMeta { Name = name, CreationTimestamp = DateTime.UnixEpoch.AddDays(age), DeletionTimestamp = DateTime.UnixEpoch.AddDays(9) },
        Spec = SpecSamples.Store.Spec,
        Status = new NfsStoreStatus { Ssh = new HostSshStatus { HostKey = SpecSamples.HostKey } },
    };

    private async Task<bool> IsGoneAsync(NfsStore store)
    {
        rig.Add(store);
        await rig.SeeAsync(Token);
        return (await rig.Finalizer().FinalizeAsync(rig.Copy(store), Token)) is { IsSuccess: true, RequeueAfter: null };
    }
}
