using k8s.Models;
using KvmOperator.Api.NfsStores;
using KvmOperator.Api.VirtualMachines;
using KvmOperator.Hosts.Kept;
using KvmOperator.Hosts.Libvirt;
using KvmOperator.Hosts.Ssh;
using KvmOperator.Tests.Libvirt;
using KvmOperator.UnitTests.Api;
using KvmOperator.UnitTests.Hosts;
using KvmOperator.UnitTests.KvmHosts;
using KvmOperator.VirtualMachines;
using KvmOperator.VirtualMachines.Kept;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace KvmOperator.UnitTests.VirtualMachines.Kept;

/// <summary>When it is written down what a guest is, with a simulated libvirt and a store that takes notes.</summary>
public sealed class DefinitionKeepingTests : IAsyncLifetime, IKeptGuests
{
    private const string Tpm = "<tpm model='tpm-crb'><backend type='emulator' version='2.0'/></tpm>";

    private readonly SimulatedLibvirt libvirt = new();
    private readonly ScriptedHost host = new(("virsh", "exit 99"));
    private readonly HostRig rig = new();
    private readonly GuestMemory memory;
    private readonly DefinitionKeeping keeping;
    private readonly List<string> done = [];

    public DefinitionKeepingTests()
    {
        memory = new GuestMemory(rig.Clock);
        var domains = new LibvirtDomains(new HostLibvirts(new GivenConnection(libvirt.Connection), NullLogger<HostLibvirts>.Instance), new VirshDomains());
        keeping = new DefinitionKeeping(domains, this, memory, rig.Observations);
    }

    /// <summary>What the store says instead of taking anything.</summary>
    private HostException? Refusal { get; set; }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => await libvirt.OpenAsync(Token);

    public async ValueTask DisposeAsync()
    {
        await libvirt.DisposeAsync();
        host.Dispose();
        rig.Dispose();
    }

    [Fact]
    public async Task A_definition_is_kept_in_the_guests_folder_and_again_when_it_changed()
    {
        var domain = libvirt.Add(Given.Identity);
        await KeepAsync(TpmUse.Off);
        Assert.Equal(["None /var/lib/libvirt/images/default_xx/.kept default_xx"], done);

        await KeepAsync(TpmUse.Off);
        rig.Clock.Advance(TimeSpan.FromMinutes(5));
        await KeepAsync(TpmUse.Running);
        Assert.Single(done);

        domain.Xml = domain.Xml.Replace("<devices>", "<devices><watchdog/>", StringComparison.Ordinal);
        await KeepAsync(TpmUse.Running);
        Assert.Single(done);
        await SeeAsync(redefinitions: 1);
        await KeepAsync(TpmUse.Running);
        Assert.Equal(2, done.Count);
    }

    [Fact]
    public async Task A_change_that_nobody_told_of_is_kept_with_the_next_comparison()
    {
        var domain = libvirt.Add(Given.Identity);
        await KeepAsync(TpmUse.Off);
        domain.Xml = domain.Xml.Replace("<devices>", "<devices><watchdog/>", StringComparison.Ordinal);

        rig.Clock.Advance(TimeSpan.FromMinutes(5));
        await KeepAsync(TpmUse.Off);

        Assert.Equal(2, done.Count);
    }

    [Fact]
    public async Task What_is_kept_on_a_new_host_is_kept_anew()
    {
        libvirt.Add(Given.Identity);
        await KeepAsync(TpmUse.Off);
        memory.Forget(new KvmOperator.Runtime.Api.EntityKey("default", "xx"));

        await KeepAsync(TpmUse.Off);

        Assert.Equal(2, done.Count);
    }

    [Fact]
    public async Task The_state_of_a_TPM_is_looked_after_whenever_the_guest_starts_and_stops()
    {
        libvirt.Add(Given.Identity, Tpm);

        foreach (var use in (TpmUse[])[TpmUse.Off, TpmUse.Starting, TpmUse.Starting, TpmUse.Running, TpmUse.Running, TpmUse.Off])
        {
            await KeepAsync(use);
        }

        Assert.Equal(["Off", "Starting", "Starting", "Running", "Off"], done.Select(one => one.Split(' ')[0]));
    }

    [Fact]
    public async Task A_store_that_takes_nothing_is_told_of_and_tried_again_and_only_a_start_with_a_TPM_waits_for_it()
    {
        libvirt.Add(Given.Identity);
        Refusal = new CommandFailedException("node1", RemoteCommand.Of("kept-guest"), new CommandResult(1, null, default, "No space left on device"u8.ToArray(), TimeSpan.Zero));

        Assert.Equal("No space left on device", await KeepAsync(TpmUse.Off));
        Assert.Equal("No space left on device", await KeepAsync(TpmUse.Starting));
        Refusal = null;
        Assert.Null(await KeepAsync(TpmUse.Off));

        libvirt.Domains.Clear();
        libvirt.Add(Given.Identity, Tpm);
        await SeeAsync(redefinitions: 1);
        Refusal = new CommandFailedException("node1", RemoteCommand.Of("kept-guest"), new CommandResult(1, null, default, default, TimeSpan.Zero));
        await Assert.ThrowsAsync<CommandFailedException>(() => KeepAsync(TpmUse.Starting));
    }

    [Fact]
    public async Task A_running_guest_whose_store_hangs_does_not_wait_for_it()
    {
        libvirt.Add(Given.Identity);
        await SeeAsync(redefinitions: 0, storeAnswers: false);

        Assert.Contains("does not answer", await KeepAsync(TpmUse.Running), StringComparison.Ordinal);

        Assert.Empty(done);
    }

    Task<KeptGuest?> IKeptGuests.ReadAsync(IHostShell shell, string folder, CancellationToken cancellationToken) => throw new NotSupportedException();

    Task IKeptGuests.KeepAsync(IHostShell shell, string folder, KeptDefinition definition, TpmUse tpm, CancellationToken cancellationToken)
    {
        if (Refusal is { } refusal)
        {
            throw refusal;
        }

        done.Add($"{tpm} {folder} {definition.Name}");
        return Task.CompletedTask;
    }

    Task IKeptGuests.RestoreTpmAsync(IHostShell shell, string folder, Guid domain, CancellationToken cancellationToken) => throw new NotSupportedException();

    Task IKeptGuests.TakeVariablesAsync(IHostShell shell, string from, string to, CancellationToken cancellationToken) => throw new NotSupportedException();

    Task IKeptGuests.RemoveLeftVariablesAsync(IHostShell shell, string from, string to, CancellationToken cancellationToken) => throw new NotSupportedException();

    Task IKeptGuests.DeleteAsync(IHostShell shell, string folder, CancellationToken cancellationToken) => throw new NotSupportedException();

    Task IKeptGuests.SendTpmAsync(IHostShell source, IHostShell target, Guid domain, CancellationToken cancellationToken) => throw new NotSupportedException();

    private Task<string?> KeepAsync(TpmUse use)
    {
        var guest = new VirtualMachine { Metadata = new V1ObjectMeta { Name = "xx", NamespaceProperty = "default" }, Spec = Given.Spec() };
        return keeping.KeepAsync(guest, host, new Dictionary<string, NfsStore>(StringComparer.Ordinal) { ["images"] = SpecSamples.Store }, use, Token);
    }

    private async Task SeeAsync(int redefinitions, bool storeAnswers = true)
    {
        rig.Look = _ => Given.Host(Given.Domain(DomainState.Running) with { Redefinitions = redefinitions }) with
        {
            Stores = [storeAnswers ? new StoreProbe(SpecSamples.Store.Spec.MountPath, Answers: true, 1, 1, string.Empty) : StoreProbe.Silent(SpecSamples.Store.Spec.MountPath)],
        };
        await rig.Observations.LookAsync("node1", host, null, Token);
    }
}
