using KvmOperator.Hosts.Fencing;
using KvmOperator.Hosts.Libvirt;
using KvmOperator.Hosts.Ssh;
using Xunit;

namespace KvmOperator.UnitTests.Hosts.Fencing;

/// <summary>The script that cleans a host that was shut out, in a real shell with stand-ins for libvirt, systemd and the kernel's tables.</summary>
public sealed class HostCleaningTests : IDisposable
{
    private const string Ours = "11111111-1111-4111-8111-111111111111";
    private const string Foreign = "22222222-2222-4222-8222-222222222222";
    private const string Images = "/var/lib/libvirt/images";

    private readonly StubbedMachine machine = new();
    private readonly HostCleaning cleaning = new();

    public HostCleaningTests()
    {
        machine.Write("/proc/sys/kernel/random/boot_id", "b1\n");
        machine.Write("/proc/self/mounts", $"server:/images {Images} nfs4 rw 0 0\nproc /proc proc rw 0 0\n");
        machine.Write("/proc/1/cmdline", "init");
        machine.Write($"/xml/{Ours}", $"<domain><metadata><owner xmlns='{OwnerMarker.XmlNamespace}'/></metadata></domain>");
        machine.Write($"/xml/{Foreign}", "<domain/>");
        machine.Write($"/state/{Ours}", "running\n");
        machine.Write($"/state/{Foreign}", "running\n");
        machine.Stub("sleep", string.Empty);
        machine.Stub("systemd-escape", "echo unit");
        machine.Stub("systemctl", "case $1 in stop) [ \"$2\" != unit ] || [ -e \"$machine/busy\" ] || : > \"$machine/proc/self/mounts\" ;; esac");
        machine.Stub("umount", "[ ! -e \"$machine/busy\" ] || { echo 'target is busy'; exit 32; }");
        machine.Stub(
            "virsh",
            """
            for last; do :; done
            case "$*" in
              *'list --all'*) ls "$machine/xml" ;;
              *dumpxml*) cat "$machine/xml/$last" ;;
              *domstate*) cat "$machine/state/$last" ;;
              *destroy*) echo 'shut off' > "$machine/state/$last" ;;
              *'help undefine'*) echo '--keep-tpm' ;;
              *managedsave-remove*) ;;
              *undefine*) rm "$machine/xml/$last" ;;
            esac
            """);
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => machine.Dispose();

    [Fact]
    public async Task The_operators_guests_are_ended_and_forgotten_the_stores_unmounted_and_those_of_others_left_alone()
    {
        Assert.Equal("b1", await cleaning.CleanAsync(machine, [Images], Token));

        Assert.Contains($"virsh destroy -- {Ours}", machine.Calls);
        Assert.Contains(machine.Calls, call => call.StartsWith("virsh undefine --managed-save", StringComparison.Ordinal) && call.EndsWith(Ours, StringComparison.Ordinal) && call.Contains("--keep-nvram", StringComparison.Ordinal));
        Assert.Contains("systemctl stop kvmop-*", machine.Calls);
        Assert.Contains("systemctl stop unit", machine.Calls);
        Assert.DoesNotContain(machine.Calls, call => call.Contains(Foreign, StringComparison.Ordinal) && !call.Contains("-r dumpxml", StringComparison.Ordinal));
        Assert.DoesNotContain(machine.Calls, call => call.StartsWith("umount -l", StringComparison.Ordinal));
    }

    [Fact]
    public async Task To_end_the_guests_forgets_and_unmounts_nothing()
    {
        await cleaning.DestroyAsync(machine, Token);

        Assert.Contains($"virsh destroy -- {Ours}", machine.Calls);
        Assert.DoesNotContain(machine.Calls, call => call.StartsWith("virsh undefine", StringComparison.Ordinal) || call.StartsWith("systemctl stop", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_store_that_is_in_use_is_not_clean()
    {
        machine.Write("/busy", string.Empty);

        Assert.Contains("cannot be unmounted", (await Assert.ThrowsAsync<CommandFailedException>(() => cleaning.CleanAsync(machine, [Images], Token))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nothing_is_known_of_a_host_whose_libvirt_does_not_answer()
    {
        machine.Stub("virsh", "exit 1");

        await Assert.ThrowsAsync<CommandFailedException>(() => cleaning.CleanAsync(machine, [Images], Token));
        await Assert.ThrowsAsync<CommandFailedException>(() => cleaning.DestroyAsync(machine, Token));
    }
}
