using System.Threading.Channels;
using KvmOperator.Hosts.Libvirt;
using KvmOperator.Hosts.Libvirt.Protocol;

namespace KvmOperator.Benchmarks.Fleet.Hosts;

/// <summary>One client of a simulated host's libvirt, served in libvirt's own protocol: what is asked of running guests all the time, and events.</summary>
internal sealed class FleetLibvirt(FleetHost host, Stream stream, TimeProvider clock)
{
    private static readonly TimeSpan PingInterval = TimeSpan.FromSeconds(5);

    private readonly Channel<byte[]> outgoing = Channel.CreateUnbounded<byte[]>(new UnboundedChannelOptions { SingleReader = true });
    private volatile bool wantsLifecycle;
    private volatile bool wasHeard;

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var others = Task.WhenAll(WriteAsync(ended.Token), PingAsync(ended.Token));
        host.Add(this);
        try
        {
            var messages = new MessageReader(stream);
            while (await messages.ReadAsync(cancellationToken) is { } message)
            {
                wasHeard = true;
                var reader = new XdrReader(message);
                var header = MessageHeader.Read(reader);
                if (header.Program == MessageHeader.RemoteProgram)
                {
                    outgoing.Writer.TryWrite(Answer(header, reader));
                }
                else if (header.Procedure == MessageHeader.Ping)
                {
                    outgoing.Writer.TryWrite(KeepAlive(MessageHeader.Pong));
                }
            }
        }
        finally
        {
            host.Remove(this);
            await ended.CancelAsync();
            await others.ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        }
    }

    public void Tell(FleetGuest guest, DomainLifecycle change, int detail)
    {
        if (wantsLifecycle)
        {
            var body = new XdrWriter().Integer(0).Domain(Reference(guest)).Integer((int)change).Integer(detail);
            outgoing.Writer.TryWrite(new MessageHeader(
                MessageHeader.RemoteProgram, MessageHeader.ProgramVersion, (int)Procedure.DomainEventCallbackLifecycle, MessageType.Message, 0, MessageStatus.Good).Frame(body.Written.Span));
        }
    }

    private async Task WriteAsync(CancellationToken cancellationToken)
    {
        await foreach (var frame in outgoing.Reader.ReadAllAsync(cancellationToken))
        {
            await host.Thawed.WaitAsync(cancellationToken);
            await stream.WriteAsync(frame, cancellationToken);
        }
    }

    /// <summary>As libvirtd, which pings a client that says nothing.</summary>
    private async Task PingAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(PingInterval, clock);
        while (await timer.WaitForNextTickAsync(cancellationToken))
        {
            if (!wasHeard)
            {
                outgoing.Writer.TryWrite(KeepAlive(MessageHeader.Ping));
            }

            wasHeard = false;
        }
    }

    private byte[] Answer(MessageHeader call, XdrReader arguments)
    {
        var answer = new XdrWriter();
        var error = Fill((Procedure)call.Procedure, arguments, answer);
        if (error is { } code)
        {
            answer = new XdrWriter().Integer((int)code).Integer(10).OptionalText("it is not simulated").Integer(1)
                .Unsigned(0).OptionalText(null).OptionalText(null).OptionalText(null).Integer(-1).Integer(-1).Unsigned(0);
        }

        return (call with { Type = MessageType.Reply, Status = error is null ? MessageStatus.Good : MessageStatus.Error }).Frame(answer.Written.Span);
    }

    private LibvirtErrorCode? Fill(Procedure procedure, XdrReader arguments, XdrWriter answer)
    {
        switch (procedure)
        {
            case Procedure.AuthList:
                answer.Unsigned(1).Integer(0);
                return null;
            case Procedure.ConnectSupportsFeature:
                answer.Integer(1);
                return null;
            case Procedure.ConnectOpen or Procedure.ConnectClose:
                return null;
            case Procedure.ConnectDomainEventCallbackRegisterAny:
                var kind = arguments.Integer();
                wantsLifecycle |= kind == (int)DomainEventKind.Lifecycle;
                answer.Integer(kind);
                return null;
            case Procedure.ConnectGetAllDomainStats:
                answer.List(host.Guests, host.Guests.Count, WriteStatistics);
                return null;
            case Procedure.ConnectListAllDomains:
                answer.List(host.Guests, host.Guests.Count, static (writer, guest) => writer.Domain(Reference(guest))).Unsigned((uint)host.Guests.Count);
                return null;
            case Procedure.DomainLookupByName:
                var name = arguments.Text();
                return Found(host.Guests.FirstOrDefault(guest => guest.Identity.DomainName == name), guest => answer.Domain(Reference(guest)));
            case Procedure.DomainLookupByUuid:
                var uuid = arguments.Uuid();
                return Found(host.Guests.FirstOrDefault(guest => guest.Identity.Uuid == uuid), guest => answer.Domain(Reference(guest)));
            default:
                var reference = LibvirtDomain.Read(arguments);
                return host.Guests.FirstOrDefault(guest => guest.Identity.Uuid == reference.Uuid) is { } found ? OfGuest(procedure, found, arguments, answer) : LibvirtErrorCode.NoDomain;
        }
    }

    private static LibvirtErrorCode? OfGuest(Procedure procedure, FleetGuest guest, XdrReader arguments, XdrWriter answer)
    {
        switch (procedure)
        {
            case Procedure.DomainGetXmlDesc:
                answer.Text(guest.Xml());
                return null;
            case Procedure.DomainGetState:
                answer.Integer((int)State(guest)).Integer(1);
                return null;
            case Procedure.DomainIsPersistent:
                answer.Integer(1);
                return null;
            case Procedure.DomainInterfaceAddresses:
                IReadOnlyList<string> addresses = guest.Runs && arguments.Unsigned() == (uint)DomainAddressSource.Lease ? [guest.Address] : [];
                answer.List(addresses, 1, (writer, address) => writer.Text("vnet0").OptionalText(guest.Identity.MacAddress(0)).Unsigned(1).Integer(0).Text(address).Unsigned(24));
                return null;
            default:
                return LibvirtErrorCode.NoSupport;
        }
    }

    private static LibvirtErrorCode? Found(FleetGuest? guest, Action<FleetGuest> write)
    {
        if (guest is null)
        {
            return LibvirtErrorCode.NoDomain;
        }

        write(guest);
        return null;
    }

    private static DomainState State(FleetGuest guest) => guest.Runs ? DomainState.Running : DomainState.ShutOff;

    private static LibvirtDomain Reference(FleetGuest guest) => new(guest.Identity.DomainName, guest.Identity.Uuid, guest.Runs ? guest.Id : LibvirtDomain.NoId);

    /// <summary>With libvirt's own names and kinds: 1 is an int, 2 an unsigned int, 4 an unsigned long.</summary>
    private static void WriteStatistics(XdrWriter writer, FleetGuest guest)
    {
        writer.Domain(Reference(guest)).Unsigned(guest.Runs ? 15u : 6u);
        writer.Text("state.state").Integer(1).Integer((int)State(guest)).Text("state.reason").Integer(1).Integer(1);
        writer.Text("balloon.current").Integer(4).UnsignedLong(1048576).Text("balloon.maximum").Integer(4).UnsignedLong(1048576);
        writer.Text("vcpu.current").Integer(2).Unsigned(1).Text("vcpu.maximum").Integer(2).Unsigned(4);
        if (!guest.Runs)
        {
            return;
        }

        foreach (var name in new[] { "cpu.time", "cpu.user", "cpu.system", "balloon.rss", "balloon.available", "balloon.unused", "balloon.last-update", "vcpu.0.time" })
        {
            writer.Text(name).Integer(4).UnsignedLong(123_456_789);
        }

        writer.Text("vcpu.0.state").Integer(1).Integer(1);
    }

    private static byte[] KeepAlive(int procedure) =>
        new MessageHeader(MessageHeader.KeepAliveProgram, MessageHeader.ProgramVersion, procedure, MessageType.Message, 0, MessageStatus.Good).Frame([]);
}
