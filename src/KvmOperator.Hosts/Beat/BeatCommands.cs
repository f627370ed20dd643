using System.Globalization;
using KvmOperator.Hosts.Beat.Servers;
using KvmOperator.Hosts.Ssh;

namespace KvmOperator.Hosts.Beat;

/// <summary>The scripts that are held on hosts and on servers of stores. Their shell has to be bash, which every supported host has.</summary>
internal static class BeatCommands
{
    /// <summary>
    /// A live host asks each of its stores more often than every five seconds: its lease at the server is never older, so that an old one means something.
    /// </summary>
    private const string SecondsBetweenQuestions = "4";

    /// <summary>Two files that are as old as the last looks at the watched ones; their folder is the guard's, which the machine's restart empties.</summary>
    private const string Mark = "/run/kvm-operator/files";

    private static readonly string Patience = ((int)HeldScript.Patience.TotalSeconds).ToString(CultureInfo.InvariantCulture);

    /// <summary>The beat of a host; <see cref="BeatReader"/> listens to it.</summary>
    public static RemoteCommand Host { get; } = Held("beat", "Beat/beat.sh", [HostScripts.Read("Beat/store-probe.py"), SecondsBetweenQuestions, Patience, Mark, .. WatchedFiles.All]);

    /// <summary>The beat of a store's server; <see cref="ServerBeatReader"/> listens to it.</summary>
    public static RemoteCommand Server { get; } = Held("server-beat", "Beat/Servers/server-beat.sh", Patience, "/proc/fs/nfsd", "/var/lib/nfs/etab");

    private static RemoteCommand Held(string label, string script, params IReadOnlyList<string> arguments) =>
        RemoteCommand.Of("bash", ["-c", HostScripts.Read(script), $"kvm-operator-{label}", .. arguments]) with { Label = label };
}
