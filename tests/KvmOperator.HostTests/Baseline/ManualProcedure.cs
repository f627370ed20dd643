using System.Globalization;
using System.Text.RegularExpressions;
using KvmOperator.HostTests.Lab;

namespace KvmOperator.HostTests.Baseline;

/// <summary>
/// The procedure that people follow by hand, typed over SSH, with no operator: names, firewall, peer trust, export, mount, guest,
/// <c>virsh migrate --live</c>. It is the ruler that the operator is measured with.
/// </summary>
internal sealed partial class ManualProcedure(KvmLab lab, CancellationToken cancellationToken)
{
    public const string Guest = "xx";
    public const string Images = "/var/lib/libvirt/images";
    public const string StorageAddress = "192.168.122.1";

    private static readonly TimeSpan LongCommand = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan ConsoleDeadline = TimeSpan.FromMinutes(4);

    private static readonly (string Name, string Address)[] Hosts = [("node1", "192.168.122.100"), ("node2", "192.168.122.200")];

    public async Task PrepareAsync()
    {
        await StopFirewallsAsync();
        await ResolveNamesAsync();
        await TrustPeersAsync();
        await ExportAsync();
        await MountAsync();
        await StartNetworksAsync();
    }

    public Task StopFirewallsAsync() => OnEveryMachineAsync("systemctl stop firewalld", "the firewall does not stop");

    public async Task ResolveNamesAsync()
    {
        var names = string.Concat(Hosts.Select(host => $"{host.Address} {host.Name}\\n"));
        await OnEveryHostAsync($"printf '{names}' >>/etc/hosts", "/etc/hosts cannot be written");
    }

    public async Task TrustPeersAsync()
    {
        await OnEveryHostAsync("[ -s /root/.ssh/id_ed25519 ] || ssh-keygen -q -t ed25519 -N '' -f /root/.ssh/id_ed25519", "no key can be made");
        foreach (var (name, peer) in new[] { (Hosts[0], Hosts[1]), (Hosts[1], Hosts[0]) })
        {
            var key = await StepAsync(name.Name, "cat /root/.ssh/id_ed25519.pub", "the key cannot be read");
            var hostKey = await StepAsync(peer.Name, "cat /etc/ssh/ssh_host_ed25519_key.pub", "the host key cannot be read");
            await StepAsync(peer.Name, $"echo '{key}' >>/root/.ssh/authorized_keys", "the peer cannot be let in");
            await StepAsync(name.Name, $"echo '{peer.Name},{peer.Address} {hostKey}' >>/root/.ssh/known_hosts", "the peer cannot be made known");
        }
    }

    public Task ExportAsync() => StepAsync(
        "storage",
        "mkdir -p /images && echo '/images 192.168.122.0/24(rw,sync,no_root_squash,no_subtree_check)' >/etc/exports && systemctl start nfs-server && exportfs -ra",
        "the export does not start");

    public Task MountAsync() => OnEveryHostAsync(
        $"timeout {Patience.Seconds(20)} mount -t nfs -o retry=0 {StorageAddress}:/images {Images}",
        $"{StorageAddress}:/images cannot be mounted at {Images}: does the storage server export it (systemctl status nfs-server; exportfs -v)?");

    /// <summary>libvirt's own network wants the range that the hosts' network has here, so it moves aside.</summary>
    public Task StartNetworksAsync() => OnEveryHostAsync(
        "virsh net-dumpxml default | sed 's/192\\.168\\.122\\./192.168.123./g' >/run/default.xml && virsh net-define /run/default.xml && virsh net-start default",
        "libvirt's default network does not start");

    /// <summary>Copies the lab's guest to the store and creates it on node1.</summary>
    public async Task CreateGuestAsync()
    {
        var built = (await CommandLine.RunAsync(Path.Combine(KvmLab.Scripts, "guest-image", "build-guest-image"), [], Patience.For(LongCommand), cancellationToken)).EnsureSuccess();
        var configuration = (await lab.VerbAsync(cancellationToken, "ssh-config")).Output.Trim();
        (await CommandLine.RunAsync(
            "scp",
            ["-q", "-F", configuration, Path.Combine(built.Output.Trim(), "guest.qcow2"), $"storage:/images/{Guest}.qcow2"],
            Patience.For(LongCommand),
            cancellationToken)).EnsureSuccess();
        await StepAsync("storage", $"chown libvirt-qemu:libvirt-qemu /images/{Guest}.qcow2", "the disk cannot be given to QEMU's user");

        // Without relabel=no, a start that QEMU's lock refuses still takes the file from QEMU's user on its way out, and the guest
        // that runs elsewhere can no longer write.
        await StepAsync(
            "node1",
            $"virt-install --name {Guest} --memory 256 --vcpus 1 --disk {Images}/{Guest}.qcow2,cache=none,source.seclabel0.model=dac,source.seclabel0.relabel=no --import --network network=default " +
            "--osinfo linux2022 --cpu qemu64 --graphics none --noautoconsole",
            "virt-install does not create the guest");
    }

    public async Task<MigrationResult> MigrateAsync()
    {
        var clock = TimeProvider.System;
        var started = clock.GetTimestamp();
        var migration = await lab.TryRunAsync("node1", $"virsh migrate --live --verbose {Guest} qemu+ssh://192.168.122.200/system", cancellationToken, LongCommand);
        var duration = clock.GetElapsedTime(started);
        if (!migration.Succeeded)
        {
            var remedy = migration.Error.Contains("resolve", StringComparison.Ordinal) || migration.Error.Contains("No route", StringComparison.Ordinal)
                ? "every host has to resolve every other host's name to its address (/etc/hosts)"
                : "libvirt's message above says what the hosts lack";
            throw new ProcedureFailedException($"node1: the guest does not move to node2: {LastLines(migration.Error)}\n{remedy}");
        }

        var statistics = await StepAsync("node2", $"virsh domjobinfo {Guest} --completed --rawstats", "the migration's figures cannot be read");
        var downtime = int.Parse(DowntimeLine().Match(statistics).Groups["milliseconds"].ValueSpan, CultureInfo.InvariantCulture);
        return new MigrationResult(duration, TimeSpan.FromMilliseconds(downtime));
    }

    /// <summary>Reads the guest's console on a host until it counted that many times.</summary>
    public async Task<IReadOnlyList<CounterReading>> WatchCounterAsync(string host, int readings)
    {
        var patience = Patience.Seconds((int)ConsoleDeadline.TotalSeconds);

        // The guest needs half a minute to boot, several on a busy machine, and says one line a second after that; -m ends the reading.
        var console = await lab.TryRunAsync(
            host,
            $"timeout {patience} cat \"$(virsh ttyconsole {Guest})\" | tee /run/console | grep -a --line-buffered -m {readings} '^counter'",
            cancellationToken,
            LongCommand);
        var counted = CounterReading.Parse(console.Output);
        if (counted.Count >= readings)
        {
            return counted;
        }

        var seen = await lab.TryRunAsync(host, $"virsh domstate --reason {Guest}; tail -n 20 /run/console", cancellationToken);
        throw new ProcedureFailedException($"{host}: the guest did not count {readings} times on its console within {patience} s\n{seen.Output}{console.Error}");
    }

    /// <summary>The names of the domains that run on a host.</summary>
    public async Task<string[]> RunningAsync(string host) =>
        (await StepAsync(host, "virsh list --name", "the guests cannot be listed")).Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    public Task<CommandResult> TryStartAsync(string host) => lab.TryRunAsync(host, $"virsh start {Guest}", cancellationToken, LongCommand);

    private Task OnEveryMachineAsync(string command, string failure) =>
        Task.WhenAll(Hosts.Select(host => host.Name).Append("storage").Select(name => StepAsync(name, command, failure)));

    private Task OnEveryHostAsync(string command, string failure) => Task.WhenAll(Hosts.Select(host => StepAsync(host.Name, command, failure)));

    private async Task<string> StepAsync(string node, string command, string failure)
    {
        var result = await lab.TryRunAsync(node, command, cancellationToken, LongCommand);
        return result.Succeeded ? result.Output.Trim() : throw new ProcedureFailedException($"{node}: {failure} (exit code {result.ExitCode}{LostConnection(result)})\n{LastLines(result.Error)}");
    }

    /// <summary>ssh(1) ends with 255 when it loses the connection, and says nothing of it when the other side just falls silent.</summary>
    private static string LostConnection(CommandResult result) => result.ExitCode == 255 ? ": the connection was lost" : string.Empty;

    private static string LastLines(string text) => string.Join('\n', text.Trim().Split('\n').TakeLast(5));

    [GeneratedRegex(@"^downtime: (?<milliseconds>\d+)$|^downtime_?: ?(?<milliseconds>\d+)", RegexOptions.Multiline | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex DowntimeLine();
}
