using KvmOperator.Hosts.Libvirt.Protocol;
using KvmOperator.Hosts.Ssh;

namespace KvmOperator.Hosts.Libvirt;

/// <summary>A host's libvirt was asked for something and said no.</summary>
/// <param name="hostName">The host.</param>
/// <param name="command">What a person would type for it.</param>
/// <param name="refused">What libvirt said.</param>
public sealed class LibvirtRefusedException(string hostName, RemoteCommand command, LibvirtException refused)
    : HostRefusedException(hostName, $"\"{command.Label}\" on {hostName} was refused: {Shorten(refused.Message)}", Shorten(refused.Message), refused)
{
    private const int QuotedCharacters = 400;

    /// <summary>What went wrong, as libvirt's number.</summary>
    public LibvirtErrorCode Code { get; } = refused.Code;

    /// <summary>The end of a text in one line: QEMU's own words come last.</summary>
    private static string Shorten(string text)
    {
        var line = string.Join(' ', text.Split(['\n', '\r', '\t', ' '], StringSplitOptions.RemoveEmptyEntries));
        return line.Length <= QuotedCharacters ? line : string.Concat("…", line.AsSpan(line.Length - QuotedCharacters));
    }
}
