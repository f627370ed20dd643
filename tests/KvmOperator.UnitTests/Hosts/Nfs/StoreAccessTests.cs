using KvmOperator.Hosts.Nfs;
using Xunit;

namespace KvmOperator.UnitTests.Hosts.Nfs;

/// <summary>What the test of a mount leaves in the store, and by what it knows the store again: the script in a real shell, with stubs for what only root may do.</summary>
public sealed class StoreAccessTests : IDisposable
{
    private const string Mount = "/srv/images";

    private readonly StubbedMachine machine = new();
    private readonly NfsClient client = new();

    public StoreAccessTests()
    {
        machine.Stub("getent", "echo libvirt-qemu:x:64055:64055::/:");
        machine.Stub("id", "echo 64055");
        machine.Stub("mountpoint", "exit 0");
        machine.Stub("chown", "exit 0");
        machine.Stub("setpriv", "[ ! -e \"$machine/full\" ] || { echo \"dd: error writing: No space left on device\" >&2; exit 1; }\nwhile [ \"$1\" != flock ]; do shift; done\nexec \"$@\"");
        machine.Write("/proc/sys/kernel/random/uuid", "11111111-2222-3333-4444-555555555555\n");
        Directory.CreateDirectory(machine.Path(Mount));
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private IEnumerable<string> Left => Directory.GetFiles(machine.Path(Mount), "*", SearchOption.AllDirectories).Select(path => Path.GetRelativePath(machine.Path(Mount), path)).Order(StringComparer.Ordinal);

    public void Dispose() => machine.Dispose();

    [Fact]
    public async Task A_test_leaves_the_mark_and_nothing_else()
    {
        var access = await client.TestAccessAsync(machine, Mount, null, Token);

        Assert.Equal((true, "11111111-2222-3333-4444-555555555555", "64055", string.Empty), (access.Works, access.StoreId, access.QemuUser, access.Reason));
        Assert.Equal([".kvm-operator-store"], Left);
    }

    [Fact]
    public async Task What_tests_left_that_were_cut_off_goes_away()
    {
        machine.Write($"{Mount}/.kvm-operator-test-AbCdEf", "of an older version");
        await client.TestAccessAsync(machine, Mount, null, Token);
        machine.Write($"{Mount}/.kvm-operator-tests/test-old", "cut off");
        machine.Write($"{Mount}/.kvm-operator-tests/test-new", "going on");
        File.SetLastWriteTimeUtc(machine.Path($"{Mount}/.kvm-operator-tests/test-old"), DateTime.UnixEpoch);
        machine.Write($"{Mount}/guest.qcow2", "a disk");

        await client.TestAccessAsync(machine, Mount, null, Token);

        Assert.Equal([".kvm-operator-store", ".kvm-operator-tests/test-new", "guest.qcow2"], Left);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("another one\n")]
    public async Task A_folder_that_is_not_the_one_that_it_was_is_told_and_gets_no_mark(string? mark)
    {
        if (mark is not null)
        {
            machine.Write($"{Mount}/.kvm-operator-store", mark);
        }

        var access = await client.TestAccessAsync(machine, Mount, "11111111-2222-3333-4444-555555555555", Token);

        Assert.False(access.Works);
        Assert.Contains("the folder is not the one that it was", access.Reason, StringComparison.Ordinal);
        Assert.Equal(mark is null ? [] : [".kvm-operator-store"], Left);
    }

    [Fact]
    public async Task A_full_store_is_what_it_was_to_the_guests_that_are_there()
    {
        await client.TestAccessAsync(machine, Mount, null, Token);
        machine.Write("/full", string.Empty);

        Assert.True((await client.TestAccessAsync(machine, Mount, "11111111-2222-3333-4444-555555555555", Token)).Works);
        Assert.Equal([".kvm-operator-store"], Left);
    }
}
