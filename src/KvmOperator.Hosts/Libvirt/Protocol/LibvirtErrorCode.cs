namespace KvmOperator.Hosts.Libvirt.Protocol;

/// <summary>What went wrong, with libvirt's own numbers. Only those that somebody decides by; others keep their number without a name.</summary>
public enum LibvirtErrorCode
{
    /// <summary>Something inside libvirt, or QEMU's own words.</summary>
    InternalError = 1,

    /// <summary>This libvirt, or its driver, cannot do that.</summary>
    NoSupport = 3,

    /// <summary>An argument is wrong.</summary>
    InvalidArg = 8,

    /// <summary>It was tried and failed.</summary>
    OperationFailed = 9,

    /// <summary>The XML is wrong.</summary>
    XmlError = 27,

    /// <summary>There is such a domain already.</summary>
    DomExist = 28,

    /// <summary>A connection that may only read wanted more.</summary>
    OperationDenied = 29,

    /// <summary>The operating system refused.</summary>
    SystemError = 38,

    /// <summary>The call itself could not be understood.</summary>
    Rpc = 39,

    /// <summary>There is no such domain.</summary>
    NoDomain = 42,

    /// <summary>There is no such network.</summary>
    NoNetwork = 43,

    /// <summary>The caller is not who it says, or said nothing.</summary>
    AuthFailed = 45,

    /// <summary>There is no such storage pool.</summary>
    NoStoragePool = 49,

    /// <summary>Not in this state: the domain is off, no job runs, and the like.</summary>
    OperationInvalid = 55,

    /// <summary>The host cannot give what the definition asks for.</summary>
    ConfigUnsupported = 67,

    /// <summary>Something else holds the domain for too long.</summary>
    OperationTimeout = 68,

    /// <summary>This driver does not know that argument.</summary>
    ArgumentUnsupported = 74,

    /// <summary>It was given up on request.</summary>
    OperationAborted = 78,

    /// <summary>The domain has no such metadata.</summary>
    NoDomainMetadata = 80,

    /// <summary>A move would risk the guest's data.</summary>
    MigrateUnsafe = 81,

    /// <summary>This driver cannot do that.</summary>
    OperationUnsupported = 84,

    /// <summary>The agent in the guest does not answer.</summary>
    AgentUnresponsive = 86,

    /// <summary>Somebody else uses it.</summary>
    ResourceBusy = 87,

    /// <summary>The caller may not do that.</summary>
    AccessDenied = 88,

    /// <summary>The host cannot give the processor.</summary>
    CpuIncompatible = 91,

    /// <summary>The XML does not fit libvirt's schema.</summary>
    XmlInvalidSchema = 92,

    /// <summary>The device is not there.</summary>
    DeviceMissing = 99,
}
