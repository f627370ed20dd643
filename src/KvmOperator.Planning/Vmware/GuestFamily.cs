using KvmOperator.Planning.Vmware.Formats;

namespace KvmOperator.Planning.Vmware;

/// <summary>What a guest is, as far as its drivers depend on it.</summary>
public enum GuestFamily
{
    /// <summary>Nothing is known.</summary>
    Unknown,

    /// <summary>Debian, Ubuntu and what is made of them: their initramfs has all drivers.</summary>
    Debian,

    /// <summary>Red Hat, CentOS, Rocky, Alma, Oracle, Fedora …: their initramfs has the drivers of the machine it was made on, and those of IDE always.</summary>
    RedHat,

    /// <summary>SUSE: as Red Hat.</summary>
    Suse,

    /// <summary>Another Linux.</summary>
    OtherLinux,

    /// <summary>Windows.</summary>
    Windows,

    /// <summary>macOS.</summary>
    MacOs,

    /// <summary>A BSD.</summary>
    Bsd,

    /// <summary>Another system.</summary>
    Other,
}
