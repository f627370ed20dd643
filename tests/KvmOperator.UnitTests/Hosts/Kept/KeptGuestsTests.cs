using KvmOperator.Hosts.Kept;
using KvmOperator.Hosts.Libvirt;
using KvmOperator.Hosts.Ssh;
using Xunit;

namespace KvmOperator.UnitTests.Hosts.Kept;

/// <summary>What lies in a guest's folder, with the script in a real shell and a folder in place of the store.</summary>
public sealed class KeptGuestsTests : IDisposable
{
    private const string Folder = "/srv/images/shop_web/.kept";
    private const string Definition = $"{Folder}/domain.xml";
    private const string HostVariables = "/var/lib/libvirt/qemu/nvram/shop_web_VARS.fd";
    private static readonly DomainIdentity Guest = new("shop", "web");
    private static readonly string State = $"/var/lib/libvirt/swtpm/{Guest.Uuid}/tpm2/tpm2-00.permall";

    private readonly StubbedMachine host = new();
    private readonly StubbedMachine other = new();
    private readonly KeptGuests kept = new();

    public KeptGuestsTests()
    {
        foreach (var machine in (StubbedMachine[])[host, other])
        {
            Directory.CreateDirectory(machine.Path("/srv/images"));
            Directory.CreateDirectory(machine.Path("/var/lib/libvirt/swtpm"));
            machine.Stub("mountpoint", "[ ! -e \"$machine/unmounted\" ]");
            machine.Stub("getent", "exit 2");
        }
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        host.Dispose();
        other.Dispose();
    }

    [Fact]
    public async Task A_definition_is_kept_whole_and_for_root_alone_and_read_again_as_it_was()
    {
        Assert.Null(await kept.ReadAsync(host, Folder, Token));

        await KeepAsync(TpmUse.None, "<a/>");
        await KeepAsync(TpmUse.None, "<b/>");

        var read = (await kept.ReadAsync(host, Folder, Token))!;
        Assert.Equal(Xml("<b/>").Xml, KeptDefinition.Parse(read.Definition)!.Xml);
        Assert.Equal((null, false), (read.TpmStateTime, read.HasRunSince));
        Assert.Equal("600", await ModeAsync(Definition));
        Assert.Equal([host.Path(Definition)], Directory.GetFiles(host.Path(Folder)));
    }

    [Fact]
    public async Task What_is_there_already_is_not_written_again()
    {
        await KeepAsync(TpmUse.None);
        var past = new DateTime(2020, 1, 1, 0, 0, 0, DateTimeKind.Utc);
        File.SetLastWriteTimeUtc(host.Path(Definition), past);

        await KeepAsync(TpmUse.None);

        Assert.Equal(past, File.GetLastWriteTimeUtc(host.Path(Definition)));
    }

    [Fact]
    public async Task Nothing_is_written_below_a_store_that_is_not_mounted()
    {
        host.Write("/unmounted", string.Empty);

        var failed = await Assert.ThrowsAsync<CommandFailedException>(() => KeepAsync(TpmUse.None));

        Assert.Equal("/srv/images is not mounted", failed.Summary);
        Assert.Empty(Directory.GetFileSystemEntries(host.Path("/srv/images")));
    }

    [Fact]
    public async Task The_state_of_a_TPM_is_copied_while_the_guest_is_off_and_counts_as_older_from_its_start()
    {
        host.Write(State, "first");
        await KeepAsync(TpmUse.Off);
        Assert.False((await ReadAsync()).HasRunSince);

        host.Write(State, "second");
        await KeepAsync(TpmUse.Starting);
        host.Write(State, "written while it runs");
        await KeepAsync(TpmUse.Running);

        var read = await ReadAsync();
        Assert.True(read.HasRunSince);
        Assert.NotNull(read.TpmStateTime);
        await kept.RestoreTpmAsync(host, Folder, Guest.Uuid, Token);
        Assert.Equal("second", host.Read(State));
        Assert.Equal("written while it runs", host.Read(State.Replace("/tpm2/", ".replaced/tpm2/", StringComparison.Ordinal)));
        Assert.Equal("600", await ModeAsync($"{Folder}/tpm-state.tar"));

        await KeepAsync(TpmUse.Off);
        Assert.False((await ReadAsync()).HasRunSince);
    }

    [Fact]
    public async Task A_guest_that_ran_and_whose_state_is_nowhere_counts_as_having_run()
    {
        await KeepAsync(TpmUse.Starting);
        await KeepAsync(TpmUse.Off);

        var read = await ReadAsync();

        Assert.Equal((null, true), (read.TpmStateTime, read.HasRunSince));
        await kept.RestoreTpmAsync(host, Folder, Guest.Uuid, Token);
        Assert.False(File.Exists(host.Path(State)));
    }

    [Fact]
    public async Task UEFI_variables_are_taken_from_their_host_and_the_file_there_goes_when_it_says_the_same()
    {
        var to = KeptFiles.FirmwareVariables("/srv/images/shop_web");
        await kept.TakeVariablesAsync(host, HostVariables, to, Token);
        Assert.False(Directory.Exists(host.Path(Folder)));

        host.Write(HostVariables, "variables");
        await kept.TakeVariablesAsync(host, HostVariables, to, Token);
        Assert.Equal("variables", host.Read(to));
        Assert.Equal("600", await ModeAsync(to));

        host.Write(HostVariables, "others by now");
        await kept.RemoveLeftVariablesAsync(host, HostVariables, to, Token);
        Assert.True(File.Exists(host.Path(HostVariables)));
        host.Write(HostVariables, "variables");
        await kept.RemoveLeftVariablesAsync(host, HostVariables, to, Token);
        Assert.False(File.Exists(host.Path(HostVariables)));
    }

    [Fact]
    public async Task The_state_of_a_TPM_goes_to_another_host_with_a_guest_that_is_off()
    {
        await kept.SendTpmAsync(host, other, Guest.Uuid, Token);
        Assert.False(File.Exists(other.Path(State)));

        host.Write(State, "sealed");
        other.Write(State, "of long ago");
        await kept.SendTpmAsync(host, other, Guest.Uuid, Token);

        Assert.Equal(("sealed", "sealed"), (host.Read(State), other.Read(State)));
        Assert.DoesNotContain("sealed", string.Join(' ', other.Commands.SelectMany(command => command.Arguments)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task All_that_is_kept_is_removed_and_what_somebody_else_put_there_stays()
    {
        host.Write(State, "first");
        await KeepAsync(TpmUse.Starting);
        host.Write($"{Folder}/note", "a person's");

        await kept.DeleteAsync(host, Folder, Token);
        Assert.Equal([host.Path($"{Folder}/note")], Directory.GetFileSystemEntries(host.Path(Folder)));

        File.Delete(host.Path($"{Folder}/note"));
        await kept.DeleteAsync(host, Folder, Token);
        Assert.False(Directory.Exists(host.Path(Folder)));
        await kept.DeleteAsync(host, Folder, Token);
    }

    private static KeptDefinition Xml(string devices = "") => KeptDefinition.Of($"<domain><name>shop_web</name><uuid>{Guest.Uuid}</uuid><devices>{devices}</devices></domain>");

    private Task<string> ModeAsync(string path) => host.ReadAsync(RemoteCommand.Of("stat", "-c", "%a", path), Token);

    private Task KeepAsync(TpmUse use, string devices = "") => kept.KeepAsync(host, Folder, Xml(devices), use, Token);

    private async Task<KeptGuest> ReadAsync() => (await kept.ReadAsync(host, Folder, Token))!;
}
