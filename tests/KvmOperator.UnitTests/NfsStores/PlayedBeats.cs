using KvmOperator.Hosts.Beat.Servers;
using KvmOperator.Hosts.Nfs;
using KvmOperator.Hosts.Ssh;

namespace KvmOperator.UnitTests.NfsStores;

/// <summary>What servers say of themselves, as the test says.</summary>
internal sealed class PlayedBeats : IServerBeats
{
    private ServerTold listener = _ => { };

    /// <summary>What is heard at present; null for nothing.</summary>
    public ServerBeat? Heard { get; set; }

    /// <summary>Who was asked for, once a question.</summary>
    public List<string> Asked { get; } = [];

    /// <summary>Who is not listened to any more.</summary>
    public List<string> Forgotten { get; } = [];

    /// <summary>A server with one export and these clients.</summary>
    public static ServerBeat Beat(string options = "rw", params IReadOnlyList<NfsClientLease> clients) => new(
        1, "f871a296-0d77-4b53-a218-93a24a304f14", TimeSpan.FromHours(1), IsServing: true, clients, 1, [new ServerExport("/srv/images", "192.168.122.100", options), new ServerExport("/home", "*", "ro")]);

    public ServerBeat? Hear(string name, IHostShell server)
    {
        Asked.Add(name);
        return Heard;
    }

    public void Listen(ServerTold told) => listener = told;

    public void Tell(string name) => listener(name);

    public ValueTask ForgetAsync(string name)
    {
        Forgotten.Add(name);
        return ValueTask.CompletedTask;
    }
}
