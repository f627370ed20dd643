using KvmOperator.Api;
using KvmOperator.Api.VirtualMachines;
using KvmOperator.HostTests.Lab;
using KvmOperator.HostTests.Operator;
using Xunit;

namespace KvmOperator.HostTests.VirtualMachines;

/// <summary>What a guest or a download wrote into a file reads nothing of the hosts, and no other tenant's disk, by any of the ways in which a file becomes a disk.</summary>
public sealed class ForeignDiskScenario(LabFixture fixture) : GuestScenario(fixture)
{
    private const string Secret = "/etc/machine-id";
    private const string Mount = "/var/lib/libvirt/images";

    [Fact]
    public async Task A_crafted_header_reads_nothing_of_the_host()
    {
        // A guest's root writes a header over its raw disk, which points to a file of the host; then the guest is deleted and keeps its disk.
        await Cluster.ApplyAsync(Disk("tenant", "{name: root, storeRef: {name: images}, size: 16Mi, format: raw}"), CancellationToken);
        await UntilPhaseAsync("tenant", "Stopped");
        await Cluster.KubectlAsync(CancellationToken, "delete", "virtualmachine", "tenant", "--wait=false");
        await Cluster.UntilGoneAsync<VirtualMachine>("default/tenant", StartDeadline, CancellationToken);
        await Lab.Machines.RunAsync(
            "node1",
            $"qemu-img create -q -u -f qcow2 -b {Secret} -F raw /run/crafted 16M && dd if=/run/crafted of={Mount}/default_tenant/root.raw conv=notrunc status=none && cp /run/crafted {Mount}/crafted.qcow2 && cp /run/crafted {Mount}/crafted.img",
            CancellationToken);

        // The raw disk is copied as what it is, header and all.
        await Cluster.ApplyAsync(Disk("copy", "{name: root, storeRef: {name: images}, source: {image: default_tenant/root.raw}, format: raw}"), CancellationToken);
        await UntilPhaseAsync("copy", "Stopped");
        Assert.Equal("QFI", (await Lab.Machines.RunAsync("node1", $"head -c 3 {Mount}/default_copy/root.raw", CancellationToken)).Output);
        Assert.False((await Lab.Machines.TryRunAsync("node1", $"grep -aqf {Secret} {Mount}/default_copy/root.raw", CancellationToken)).Succeeded, "the copy has what stands in a file of the host");

        // As an image, as a file that becomes the disk, and linked: refused, and nothing is made.
        await RefusedAsync("as-image", "{name: root, storeRef: {name: images}, source: {image: crafted.qcow2}}");
        await ToldAsync("as-unnamed", "{name: root, storeRef: {name: images}, source: {image: crafted.img}}", "its name does not say of which format it is");
        await RefusedAsync("as-disk", "{name: root, storeRef: {name: images}, source: {existing: crafted.qcow2}}");
        await RefusedAsync("as-base", "{name: root, storeRef: {name: images}, sharing: Linked, source: {image: crafted.qcow2}}");
        await Lab.Machines.RunAsync("node1", $"! ls {Mount}/default_as-*/* 2>/dev/null", CancellationToken);
        Assert.Equal("root", (await Lab.Machines.RunAsync("node1", $"stat -c %U {Secret}", CancellationToken)).Output.Trim());
    }

    [Fact]
    public async Task What_is_no_disk_image_is_refused_by_name_and_size()
    {
        await Lab.Machines.RunAsync("storage", $"printf '<html>404 Not Found</html>' > {OperatorLab.ExportPath}/debian-12.qcow2; gzip -c {OperatorLab.ExportPath}/guest.qcow2 > {OperatorLab.ExportPath}/guest.qcow2.gz; ln -s /etc/shadow {OperatorLab.ExportPath}/link.raw", CancellationToken);

        await ToldAsync("page", "{name: root, storeRef: {name: images}, source: {image: debian-12.qcow2}, size: 1Gi}", "debian-12.qcow2 is no disk image: a text file, 26 bytes");
        await ToldAsync("packed", "{name: root, storeRef: {name: images}, source: {image: guest.qcow2.gz}}", "compressed with gzip");
        await ToldAsync("linked", "{name: root, storeRef: {name: images}, source: {existing: link.raw}, format: raw}", "link.raw");
        Assert.Equal("root", (await Lab.Machines.RunAsync("node1", "stat -c %U /etc/shadow", CancellationToken)).Output.Trim());

        await Cluster.ApplyAsync(Disk("mixed", "{name: root, storeRef: {name: images}, source: {existing: guest.qcow2}, format: raw}"), CancellationToken);
        await Cluster.UntilAsync<VirtualMachine>("default/mixed", "the format is refused", one => one.Status.IsNot(CommonConditions.Valid, CommonReasons.SpecRefused), StartDeadline, CancellationToken);
    }

    private Task RefusedAsync(string name, string disk) => ToldAsync(name, disk, $"{Secret} lies outside of the stores");

    private async Task ToldAsync(string name, string disk, string message)
    {
        await Cluster.ApplyAsync(Disk(name, disk), CancellationToken);
        var refused = await Cluster.UntilAsync<VirtualMachine>(
            $"default/{name}", "the file is refused", one => one.Status.IsNot(VirtualMachineConditions.DisksReady, CommonReasons.StepFailed), StartDeadline, CancellationToken);
        Assert.Contains(message, refused.Status.Condition(VirtualMachineConditions.DisksReady)!.Message, StringComparison.Ordinal);
    }

    private static string Disk(string name, string disk) =>
        $"""
        apiVersion: kvmoperator.io/v1alpha1
        kind: VirtualMachine
        metadata: {"{"}name: {name}, namespace: default{"}"}
        spec:
          memory: 128Mi
          runStrategy: Halted
          disks:
          - {disk}
        """ + "\n";
}
