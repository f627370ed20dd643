namespace KvmOperator.Hosts.Libvirt.Protocol;

/// <summary>Something that happened to a domain. It is a reason to look: what is the case now may be something else already.</summary>
/// <param name="Domain">The domain.</param>
public abstract record LibvirtEvent(LibvirtDomain Domain)
{
    /// <summary>Reads an event. Each begins with the number of its registration, which nobody needs: the kind says all.</summary>
    /// <returns>The event; null for one that was not registered for by this client.</returns>
    internal static LibvirtEvent? Read(Procedure procedure, XdrReader reader)
    {
        Func<XdrReader, LibvirtEvent>? read = procedure switch
        {
            Procedure.DomainEventCallbackLifecycle => static reader =>
                new DomainLifecycleEvent(LibvirtDomain.Read(reader), (DomainLifecycle)reader.Integer(), reader.Integer()),
            Procedure.DomainEventCallbackReboot => static reader =>
                new DomainChangedEvent(LibvirtDomain.Read(reader)),
            Procedure.DomainEventCallbackDeviceAdded or Procedure.DomainEventCallbackDeviceRemoved => static reader =>
                Changed(LibvirtDomain.Read(reader), reader.Text()),
            Procedure.DomainEventCallbackMetadataChange => static reader =>
                Changed(LibvirtDomain.Read(reader), reader.Integer(), reader.OptionalText()),
            Procedure.DomainEventCallbackIoErrorReason => static reader =>
                new DomainIoErrorEvent(LibvirtDomain.Read(reader), reader.Text(), reader.Text(), (IoErrorAction)reader.Integer(), reader.Text()),
            Procedure.DomainEventCallbackAgentLifecycle => static reader =>
                new GuestAgentEvent(LibvirtDomain.Read(reader), (GuestAgentState)reader.Integer(), reader.Integer()),
            Procedure.DomainEventCallbackMigrationIteration => static reader =>
                new MigrationIterationEvent(LibvirtDomain.Read(reader), reader.Integer()),
            Procedure.DomainEventCallbackJobCompleted => static reader =>
                new JobCompletedEvent(LibvirtDomain.Read(reader), TypedParameters.Read(reader, ProtocolLimits.JobStatistics)),
            _ => null,
        };
        if (read is null)
        {
            return null;
        }

        reader.Integer();
        var happened = read(reader);
        reader.End();
        return happened;
    }

    /// <summary>What else such an event tells is read and left: what is the case now is asked.</summary>
    private static DomainChangedEvent Changed(LibvirtDomain domain, params object?[] _) => new(domain);
}
