using KvmOperator.Hosts.Ssh;

namespace KvmOperator.Hosts.Beat.Servers;

/// <summary>Listens to servers of stores, each over a channel that is held from the first question on until the name is forgotten. May be used from any task.</summary>
public interface IServerBeats
{
    /// <summary>What the server says of itself at present; null while it is not heard: it does not answer, cannot be listened to, or was not asked before. Waits for nothing.</summary>
    /// <param name="name">Whose server it is. Two names of one machine have a channel each.</param>
    /// <param name="server">The way to it, over which the channel goes from now on.</param>
    ServerBeat? Hear(string name, IHostShell server);

    /// <summary>How long ago the beat came that <see cref="Hear"/> would tell; null while it tells none.</summary>
    TimeSpan? Silence(string name) => null;

    /// <summary>Has a listener told whenever a server begins or ceases to be heard, and when its exports changed, its NFS server was started or stopped, or it was started anew. There is one listener.</summary>
    void Listen(ServerTold told);

    /// <summary>Ends the channel. Unknown names are ignored.</summary>
    ValueTask ForgetAsync(string name);
}
