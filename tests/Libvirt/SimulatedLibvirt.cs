using System.Xml.Linq;
using KvmOperator.Hosts.Libvirt;
using KvmOperator.Hosts.Libvirt.Protocol;

namespace KvmOperator.Tests.Libvirt;

/// <summary>
/// A libvirt that speaks bytes and has domains in memory: enough of it that what is done to domains can be seen. It shows what the product says, not what libvirt does; the real one is in the lab.
/// </summary>
internal sealed class SimulatedLibvirt : IAsyncDisposable
{
    private readonly LibvirtPeer peer = new(TimeProvider.System);
    private readonly Task answering;

    public SimulatedLibvirt() => answering = Task.Run(AnswerAllAsync);

    public LibvirtConnection Connection => peer.Connection;

    public List<SimulatedDomain> Domains { get; } = [];

    /// <summary>Calls that change something: the procedure, the domain, and what else was said.</summary>
    public List<string> Changes { get; } = [];

    /// <summary>What is refused, by the procedure and the flags that stand last in its arguments (null for any), with libvirt's code and words.</summary>
    public Dictionary<(Procedure Procedure, uint? Flags), (LibvirtErrorCode Code, string Message)> Refusals { get; } = [];

    /// <summary>Done before a call is answered.</summary>
    public Dictionary<Procedure, Action<SimulatedDomain>> Before { get; } = [];

    /// <summary>Addresses by who is asked for them.</summary>
    public Dictionary<DomainAddressSource, string[]> Addresses { get; } = [];

    public List<string> Networks { get; } = [];

    /// <summary>The machines that QEMU here knows; null for all.</summary>
    public string[]? Machines { get; set; }

    /// <summary>Features of processors that this libvirt has no name for.</summary>
    public string[] UnknownFeatures { get; set; } = [];

    /// <summary>The host's own name and UUID.</summary>
    public (string Name, Guid Uuid) Host { get; set; } = ("host", Guid.NewGuid());

    public List<string> Snapshots { get; } = [];

    public bool HasSavedState { get; set; }

    /// <summary>The reason of every domain's state.</summary>
    public int Reason { get; set; } = 1;

    /// <summary>The typed values of the job that runs, or that ran.</summary>
    public Dictionary<string, long> Job { get; } = [];

    /// <summary>The host stops answering and ends the stream.</summary>
    public ValueTask StopAsync() => peer.EndAsync();

    /// <summary>Tells that a domain's definition was changed, as libvirt does after <c>virsh define</c> and <c>virsh edit</c>.</summary>
    public Task TellRedefinedAsync(SimulatedDomain domain) =>
        peer.TellAsync((int)Procedure.DomainEventCallbackLifecycle, [.. LibvirtPeer.Words(1), .. LibvirtPeer.Domain(Reference(domain)), .. LibvirtPeer.Words((int)DomainLifecycle.Defined, 1)]);

    /// <summary>Opens the connection, as the product's own code does.</summary>
    public Task OpenAsync(CancellationToken cancellationToken) => Connection.OpenAsync("qemu:///system", cancellationToken);

    public SimulatedDomain Add(DomainIdentity identity, string devices = "", bool isOurs = true, bool runs = false)
    {
        var mark = isOurs ? $"<metadata><kvmop:owner xmlns:kvmop='{OwnerMarker.XmlNamespace}' namespace='{identity.Namespace}' name='{identity.Name}'/></metadata>" : string.Empty;
        var xml = $"<domain type='kvm'><name>{identity.DomainName}</name><uuid>{identity.Uuid}</uuid>{mark}<devices>{devices}</devices></domain>";
        var domain = new SimulatedDomain(identity.DomainName, identity.Uuid, xml) { State = runs ? DomainState.Running : DomainState.ShutOff, LiveXml = runs ? xml : null };
        Domains.Add(domain);
        return domain;
    }

    public async ValueTask DisposeAsync()
    {
        await peer.DisposeAsync();
        await answering;
    }

    private async Task AnswerAllAsync()
    {
        await foreach (var call in peer.Calls.ReadAllAsync())
        {
            try
            {
                var answer = new XdrWriter();
                Answer((Procedure)call.Procedure, call.Arguments, answer);
                await peer.AnswerAsync(call, answer.Written.Span);
            }
            catch (LibvirtException refused)
            {
                await peer.RefuseAsync(call, (int)refused.Code, refused.Message);
            }
        }
    }

    private void Answer(Procedure procedure, byte[] arguments, XdrWriter answer)
    {
        var reader = new XdrReader(arguments);
        switch (procedure)
        {
            case Procedure.AuthList:
                answer.Unsigned(1).Integer(0);
                return;
            case Procedure.ConnectSupportsFeature:
                answer.Integer(1);
                return;
            case Procedure.ConnectOpen or Procedure.ConnectClose:
                return;
            case Procedure.DomainLookupByName:
                answer.Domain(Reference(Find(one => one.Name, reader.Text())));
                return;
            case Procedure.DomainLookupByUuid:
                answer.Domain(Reference(Find(one => one.Uuid, reader.Uuid())));
                return;
            case Procedure.DomainDefineXmlFlags:
                Define(reader, answer);
                return;
            case Procedure.ConnectListAllDomains:
                answer.List(Domains, Domains.Count, static (writer, domain) => writer.Domain(Reference(domain))).Unsigned((uint)Domains.Count);
                return;
            case Procedure.ConnectGetAllDomainStats:
                answer.List(Domains, Domains.Count, static (writer, domain) => writer.Domain(Reference(domain)).List([("state.state", (int)domain.State)], 1, static (one, figure) => one.Text(figure.Item1).Integer(1).Integer(figure.Item2)));
                return;
            case Procedure.ConnectDomainEventCallbackRegisterAny:
                answer.Integer(1);
                return;
            case Procedure.ConnectListAllNetworks:
                Refuse(procedure, null);
                answer.List(Networks, Networks.Count, static (writer, name) => writer.Network(new LibvirtNetwork(name, Guid.Empty))).Unsigned((uint)Networks.Count);
                return;
            case Procedure.ConnectGetHostname:
                answer.Text(Host.Name);
                return;
            case Procedure.ConnectGetCapabilities:
                answer.Text($"<capabilities><host><uuid>{Host.Uuid}</uuid></host></capabilities>");
                return;
            case Procedure.ConnectGetDomainCapabilities:
                RefuseMachine(reader);
                answer.Text("<domainCapabilities><cpu><mode name='host-model'><model>EPYC</model></mode></cpu></domainCapabilities>");
                return;
            case Procedure.ConnectBaselineHypervisorCpu or Procedure.ConnectCompareHypervisorCpu:
                Refuse(procedure, null);
                Compare(procedure, reader, answer);
                return;
            default:
                OfDomain(procedure, LibvirtDomain.Read(reader), reader, answer);
                return;
        }
    }

    private void RefuseMachine(XdrReader reader)
    {
        var (emulator, _, machine) = (reader.OptionalText(), reader.OptionalText(), reader.OptionalText());
        if (machine is not null && Machines?.Contains(machine, StringComparer.Ordinal) == false)
        {
            throw new LibvirtException(LibvirtErrorCode.InvalidArg, 0, $"the machine '{machine}' is not supported by emulator '{emulator}'");
        }
    }

    private void RefuseFeature(string cpu)
    {
        if (UnknownFeatures.FirstOrDefault(feature => cpu.Contains($"'{feature}'", StringComparison.Ordinal) || cpu.Contains($"\"{feature}\"", StringComparison.Ordinal)) is { } unknown)
        {
            throw new LibvirtException(LibvirtErrorCode.InternalError, 31, $"Unknown CPU feature {unknown}");
        }
    }

    private void Compare(Procedure procedure, XdrReader reader, XdrWriter answer)
    {
        for (var name = 0; name < 4; name++)
        {
            reader.OptionalText();
        }

        if (procedure == Procedure.ConnectBaselineHypervisorCpu)
        {
            var models = reader.List(ProtocolLimits.Processors, 4, static reader => reader.Text());
            foreach (var model in models)
            {
                RefuseFeature(model);
            }

            answer.Text($"<cpu mode='custom'><model>{string.Join('+', models.Select(model => XElement.Parse(model).Value))}</model></cpu>");
        }
        else
        {
            var cpu = reader.Text();
            RefuseFeature(cpu);
            if (!cpu.Contains("Good", StringComparison.Ordinal))
            {
                throw new LibvirtException(LibvirtErrorCode.CpuIncompatible, 31, "the CPU is incompatible with host CPU: no svm");
            }

            answer.Integer((int)CpuComparison.Superset);
        }
    }

    private void Define(XdrReader reader, XdrWriter answer)
    {
        var (text, flags) = (reader.Text(), reader.Unsigned());
        Refuse(Procedure.DomainDefineXmlFlags, flags);
        var xml = XElement.Parse(text);
        var (name, uuid) = ((string)xml.Element("name")!, (Guid)xml.Element("uuid")!);
        Changes.Add($"DomainDefineXmlFlags {name} {flags}");
        var domain = Domains.Find(one => one.Uuid == uuid);
        if (domain is null && Domains.Exists(one => one.Name == name))
        {
            throw new LibvirtException(LibvirtErrorCode.OperationFailed, 20, $"domain '{name}' already exists");
        }

        if (domain is null)
        {
            domain = new SimulatedDomain(name, uuid, text);
            Domains.Add(domain);
        }

        (domain.Xml, domain.IsPersistent) = (text, true);
        answer.Domain(Reference(domain));
    }

    private void OfDomain(Procedure procedure, LibvirtDomain reference, XdrReader reader, XdrWriter answer)
    {
        var domain = Find(one => one.Uuid, reference.Uuid);
        Before.GetValueOrDefault(procedure)?.Invoke(domain);
        switch (procedure)
        {
            case Procedure.DomainGetXmlDesc:
                answer.Text((reader.Unsigned() & (uint)DomainXmlFlags.Inactive) != 0 ? domain.Xml : domain.LiveXml ?? domain.Xml);
                return;
            case Procedure.DomainGetState:
                answer.Integer((int)domain.State).Integer(Reason);
                return;
            case Procedure.DomainGetControlInfo:
                answer.Unsigned((uint)domain.Control.State).Unsigned(domain.Control.Details).UnsignedLong((ulong)domain.Control.Since.TotalMilliseconds);
                return;
            case Procedure.DomainIsPersistent:
                answer.Integer(domain.IsPersistent ? 1 : 0);
                return;
            case Procedure.DomainGetVcpusFlags:
                answer.Integer(domain.MaximumVcpus);
                return;
            case Procedure.DomainHasManagedSaveImage:
                answer.Integer(HasSavedState ? 1 : 0);
                return;
            case Procedure.DomainListAllSnapshots:
                answer.List(Snapshots, Snapshots.Count, (writer, name) => writer.Text(name).Domain(reference)).Integer(Snapshots.Count);
                return;
            case Procedure.DomainListAllCheckpoints:
                answer.Unsigned(0).Integer(0);
                return;
            case Procedure.DomainGetJobStats:
                Refuse(procedure, reader.Unsigned());
                answer.Integer(Job.Count == 0 ? 0 : 2).List(Job.ToList(), 64, static (writer, pair) => writer.Text(pair.Key).Integer(4).UnsignedLong((ulong)pair.Value));
                return;
            case Procedure.DomainInterfaceAddresses:
                answer.List(
                    Addresses.TryGetValue((DomainAddressSource)reader.Unsigned(), out var addresses) ? addresses : throw new LibvirtException(LibvirtErrorCode.AgentUnresponsive, 10, "not connected"),
                    100,
                    static (writer, address) => writer.Text("eth0").OptionalText(null).Unsigned(1).Integer(0).Text(address).Unsigned(24));
                return;
            default:
                Change(procedure, domain, reader, answer);
                return;
        }
    }

    private void Change(Procedure procedure, SimulatedDomain domain, XdrReader reader, XdrWriter answer)
    {
        var (said, flags) = Rest(procedure, reader);
        Refuse(procedure, flags);
        Changes.Add(string.Join(' ', ((object?[])[procedure, domain.Name, said, flags]).Where(part => part is not null)));
        switch (procedure)
        {
            case Procedure.DomainCreateWithFlags:
                (domain.State, domain.LiveXml) = (DomainState.Running, domain.Xml);
                answer.Domain(Reference(domain));
                break;
            case Procedure.DomainDestroyFlags when domain.LiveXml is null:
                throw new LibvirtException(LibvirtErrorCode.OperationInvalid, 10, "Requested operation is not valid: domain is not running");
            case Procedure.DomainDestroyFlags:
                (domain.State, domain.LiveXml) = (DomainState.ShutOff, null);
                break;
            case Procedure.DomainUndefineFlags when domain.LiveXml is not null:
                domain.IsPersistent = false;
                break;
            case Procedure.DomainUndefineFlags:
                Domains.Remove(domain);
                break;
            case Procedure.DomainSetMetadata when flags == (uint)DomainAffect.Config:
                domain.Xml = domain.Xml.Replace("<devices>", $"<metadata>{said}</metadata><devices>", StringComparison.Ordinal);
                break;
        }
    }

    /// <summary>What stands between the domain and the flags.</summary>
    private static (string? Said, uint? Flags) Rest(Procedure procedure, XdrReader reader) => procedure switch
    {
        Procedure.DomainResume or Procedure.DomainSuspend or Procedure.DomainAbortJob => (null, null),
        Procedure.DomainSetAutostart => ($"{reader.Integer()}", null),
        Procedure.DomainSetVcpusFlags => ($"{reader.Unsigned()}", reader.Unsigned()),
        Procedure.DomainSetMemoryFlags => ($"{reader.UnsignedLong()}", reader.Unsigned()),
        Procedure.DomainAttachDeviceFlags or Procedure.DomainDetachDeviceFlags or Procedure.DomainUpdateDeviceFlags => (reader.Text(), reader.Unsigned()),
        Procedure.DomainBlockResize => ($"{reader.Text()} {reader.UnsignedLong()}", reader.Unsigned()),
        Procedure.DomainSetMetadata => ($"{reader.Integer()} {reader.OptionalText()} {reader.OptionalText()} {reader.OptionalText()}", reader.Unsigned()),
        _ => (null, reader.Unsigned()),
    };

    private void Refuse(Procedure procedure, uint? flags)
    {
        if (Refusals.TryGetValue((procedure, flags), out var refusal) || Refusals.TryGetValue((procedure, null), out refusal))
        {
            throw new LibvirtException(refusal.Code, 10, refusal.Message);
        }
    }

    private SimulatedDomain Find<T>(Func<SimulatedDomain, T> key, T wanted) =>
        Domains.Find(one => EqualityComparer<T>.Default.Equals(key(one), wanted)) ?? throw new LibvirtException(LibvirtErrorCode.NoDomain, 10, $"Domain not found: no domain with matching '{wanted}'");

    private static LibvirtDomain Reference(SimulatedDomain domain) => new(domain.Name, domain.Uuid, domain.LiveXml is null ? LibvirtDomain.NoId : 7);
}
