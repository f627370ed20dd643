namespace KvmOperator.Hosts.Libvirt.Protocol;

/// <summary>libvirt answered a call with an error. Nothing is wrong with the connection.</summary>
/// <param name="code">What went wrong.</param>
/// <param name="domain">libvirt's number for the part of it that says so, such as 10 for the QEMU driver.</param>
/// <param name="message">libvirt's own words, in the language of its daemon.</param>
public sealed class LibvirtException(LibvirtErrorCode code, int domain, string message) : Exception(message)
{
    /// <summary>What went wrong.</summary>
    public LibvirtErrorCode Code { get; } = code;

    /// <summary>libvirt's number for the part of it that says so (<c>VIR_FROM_…</c>).</summary>
    public int Domain { get; } = domain;

    /// <summary>Reads libvirt's <c>remote_error</c>.</summary>
    internal static LibvirtException Read(XdrReader reader)
    {
        var (code, domain, message, _) = ((LibvirtErrorCode)reader.Integer(), reader.Integer(), reader.OptionalText(), reader.Integer());
        reader.Optional(LibvirtDomain.Read);
        var detail = reader.OptionalText();
        reader.OptionalText();
        reader.OptionalText();
        reader.Integer();
        reader.Integer();
        reader.Optional(LibvirtNetwork.Read);
        return new LibvirtException(code, domain, message ?? detail ?? $"libvirt's error {(int)code} without a word.");
    }
}
