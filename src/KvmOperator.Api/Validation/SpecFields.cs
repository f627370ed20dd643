using KvmOperator.Api.KvmHosts;

namespace KvmOperator.Api.Validation;

/// <summary>Checks of fields that several kinds have.</summary>
internal static class SpecFields
{
    private const string AnAddress = "an IP address or a DNS name";
    private const string AnIpAddress = "an IP address (a DNS name may stand in spec.ssh.host)";
    private const string AnObjectName = "the name of an object: small letters, digits, hyphens and dots";

    public static void Address(this SpecChecks checks, string field, string? value) => checks.Text(field, value, Patterns.Address, 253, AnAddress);

    /// <summary>Firewalls, exports and /etc/hosts take no names.</summary>
    public static void IpAddress(this SpecChecks checks, string field, string? value)
    {
        if (string.IsNullOrEmpty(value))
        {
            checks.Text(field, value, Patterns.IpAddress, 45, AnIpAddress);
        }
        else
        {
            checks.OptionalIpAddress(field, value);
        }
    }

    public static void OptionalIpAddress(this SpecChecks checks, string field, string? value)
    {
        // The pattern keeps out what the parser reads and other programs read differently, such as 010.1; the parser what is no version 6 after all.
        if (value is { Length: > 0 and <= 45 } && SpecChecks.Matches(value, Patterns.IpAddress) && !System.Net.IPAddress.TryParse(value, out _))
        {
            checks.Refuse(field, $"'{SpecChecks.Printable(value)}' is not {AnIpAddress}");
        }
        else
        {
            checks.OptionalText(field, value, Patterns.IpAddress, 45, AnIpAddress);
        }
    }

    public static void OptionalAddress(this SpecChecks checks, string field, string? value) =>
        checks.OptionalText(field, value, Patterns.Address, 253, AnAddress);

    public static void Label(this SpecChecks checks, string field, string? value, int maximumLength = 63) =>
        checks.Text(field, value, Patterns.Label, maximumLength, "a name of small letters, digits and hyphens");

    public static void Reference(this SpecChecks checks, string field, LocalObjectReference? reference) =>
        checks.Text($"{field}.name", reference?.Name, Patterns.ObjectName, 253, AnObjectName);

    public static void OptionalReference(this SpecChecks checks, string field, LocalObjectReference? reference)
    {
        if (reference is not null)
        {
            checks.Reference(field, reference);
        }
    }

    public static void ObjectName(this SpecChecks checks, string field, string? name, int maximumLength) =>
        checks.Text(field, name, Patterns.ObjectName, maximumLength, AnObjectName);

    public static void PlainPath(this SpecChecks checks, string field, string? path) =>
        checks.Text(field, path, Patterns.PlainPath, 255, "an absolute path of letters, digits and . _ @ + -, without . or .. as a folder");

    public static void Ssh(this SpecChecks checks, string field, HostSsh? ssh)
    {
        if (ssh is null)
        {
            checks.Refuse(field, "is missing: say how the machine is reached");
            return;
        }

        checks.OptionalAddress($"{field}.host", ssh.Host);
        checks.Range($"{field}.port", ssh.Port, 1, 65535);
        checks.Text($"{field}.user", ssh.User, Patterns.UserName, 32, "a user's name");
        checks.Reference($"{field}.credentialsSecretRef", ssh.CredentialsSecretRef);
        checks.Texts($"{field}.hostKeys", ssh.HostKeys, 8, Patterns.HostKey, 2048, "a public key as ssh-keyscan prints it, without the name in front");
    }

    public static void NetworkOrBridge(this SpecChecks checks, string field, string? network, string? bridge)
    {
        checks.OptionalText($"{field}.network", network, Patterns.NetworkName, 63, "the name of a libvirt network");
        checks.OptionalText($"{field}.bridge", bridge, Patterns.InterfaceName, 15, "the name of a bridge");
    }
}
