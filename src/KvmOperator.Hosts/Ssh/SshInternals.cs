using System.Runtime.CompilerServices;
using Renci.SshNet;
using Renci.SshNet.Messages;
using Renci.SshNet.Messages.Connection;

namespace KvmOperator.Hosts.Ssh;

/// <summary>
/// The few doors of the SSH library that it keeps closed. Its own streams block a thread while they are read, and its own keepalive asks for no answer.
/// A test opens each of them, so that another version of the library that lacks one is noticed there.
/// </summary>
internal static class SshInternals
{
    /// <summary>The name of a request that OpenSSH's server answers by itself, without a process; every other server has to say that it does not know it (RFC 4254, section 4).</summary>
    private static readonly byte[] KeepAlive = "keepalive@openssh.com"u8.ToArray();

    /// <summary>The session under a client that is connected; null under another.</summary>
    public static Session? SessionOf(BaseClient client) => GetSession(client) as Session;

    /// <summary>Asks the peer for an answer. Blocks while the connection takes no more bytes.</summary>
    public static void AskForAnswer(Session session) => SendMessage(session, NewGlobalRequest(KeepAlive, wantReply: true));

    /// <summary>Has a command's output written to other streams, before it begins. They are written to on the connection's own thread, which must not wait, and disposed of at the end.</summary>
    public static void Redirect(SshCommand command, Stream output, Stream error)
    {
        SetOutput(command, output);
        SetError(command, error);
    }

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "get_Session")]
    [return: UnsafeAccessorType("Renci.SshNet.ISession, Renci.SshNet")]
    private static extern object? GetSession(BaseClient client);

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "SendMessage")]
    private static extern void SendMessage(Session session, Message message);

    [UnsafeAccessor(UnsafeAccessorKind.Constructor)]
    private static extern GlobalRequestMessage NewGlobalRequest(byte[] requestName, bool wantReply);

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "set_OutputStream")]
    private static extern void SetOutput(SshCommand command, Stream stream);

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "set_ExtendedOutputStream")]
    private static extern void SetError(SshCommand command, Stream stream);
}
