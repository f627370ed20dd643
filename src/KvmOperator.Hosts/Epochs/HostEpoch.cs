using System.Globalization;
using KvmOperator.Hosts.Ssh;

namespace KvmOperator.Hosts.Epochs;

/// <summary>
/// A leader, as hosts know it. What changes something on a host, and what is held there, goes through a guard on the host that refuses an epoch lower than the highest that the host
/// has seen since its start (<c>epoch-guard.sh</c>). A new leader raises the epoch first. A host that started anew has forgotten: raise again after each connection.
/// </summary>
public sealed record HostEpoch
{
    private const int RefusedStatus = 73;
    private const int ElsewhereStatus = 74;
    private const int LeftStatus = 75;
    private const int LongestInstallation = 64;
    private const string Mark = "kvm-operator: ";

    /// <summary>A shell counts no further.</summary>
    private const long HighestEpoch = 999_999_999_999_999_999;

    /// <summary>How long a raise waits for commands that had begun before it ends them.</summary>
    private static readonly TimeSpan DefaultPatience = TimeSpan.FromSeconds(10);

    /// <summary>How long a process may take to end when it was asked to, before it is killed.</summary>
    private static readonly TimeSpan Moment = TimeSpan.FromSeconds(2);

    private static readonly string Guard = HostScripts.Read("Epochs/epoch-holders.sh") + HostScripts.Read("Epochs/epoch-guard.sh");

    private static readonly string Raising = HostScripts.Read("Epochs/epoch-holders.sh") + HostScripts.Read("Epochs/epoch-raise.sh");

    /// <param name="installation">Which operator this is, the same for all its replicas: letters, digits, dots and dashes.</param>
    /// <param name="epoch">Grows with each leader, from 1.</param>
    /// <exception cref="ArgumentException">One of them is none.</exception>
    public HostEpoch(string installation, long epoch)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(epoch, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(epoch, HighestEpoch);
        Installation = installation.Length is > 0 and <= LongestInstallation && installation[0] != '.' && installation.All(character => char.IsAsciiLetterOrDigit(character) || character is '.' or '-')
            ? installation
            : throw new ArgumentException($"'{installation}' cannot name an installation.", nameof(installation));
        Epoch = epoch;
    }

    /// <summary>Which operator this is.</summary>
    public string Installation { get; }

    /// <summary>Grows with each leader.</summary>
    public long Epoch { get; }

    /// <summary>Where the host keeps what it has seen.</summary>
    internal string Folder { get; init; } = "/run/kvm-operator";

    /// <summary>A process that is held: it ends when a newer leader raises the epoch.</summary>
    public RemoteCommand Hold(RemoteCommand command) => Guarded("hold", command);

    /// <summary>A command that changes something: it does not begin under a newer leader, and a newer leader waits for its end.</summary>
    public RemoteCommand Run(RemoteCommand command) => Guarded("run", command);

    /// <summary>
    /// Takes the host. When this has returned <see cref="RaisedEpoch.IsTaken"/>, nothing of a lower epoch acts there and nothing will: held channels were ended, commands that had begun were waited for
    /// for ten seconds and then ended. What a service of the host does for them is not ended: libvirt goes on with a call that it has taken, and so does a transient unit.
    /// </summary>
    /// <exception cref="EpochRefusedException">The host has seen a newer leader.</exception>
    /// <exception cref="ManagedElsewhereException">Another installation acts there.</exception>
    /// <exception cref="CommandFailedException">The host cannot keep the epoch.</exception>
    public async Task<RaisedEpoch> RaiseAsync(IHostShell host, CancellationToken cancellationToken)
    {
        var command = Raise(DefaultPatience, Moment);
        var result = await host.RunAsync(command, cancellationToken);
        ThrowIfRefused(host.Name, result);
        return (result.ExitStatus is 0 or LeftStatus ? Parse(result.OutputText) : null) ?? throw new CommandFailedException(host.Name, command, result);
    }

    /// <summary>Throws when the guard refused what <see cref="Hold"/> or <see cref="Run"/> made, or a raise; then nothing ran.</summary>
    /// <exception cref="EpochRefusedException">The host has seen a newer leader.</exception>
    /// <exception cref="ManagedElsewhereException">Another installation acts there.</exception>
    public static void ThrowIfRefused(string hostName, CommandResult result)
    {
        if (result.ExitStatus is not (RefusedStatus or ElsewhereStatus))
        {
            return;
        }

        // A command may end with such a status, too: it is a refusal only with the guard's own last words.
        var words = result.ErrorText.TrimEnd('\n').Split('\n')[^1];
        if (result.ExitStatus == RefusedStatus && After(words, Mark + "epoch ") is { } epoch && long.TryParse(epoch, NumberStyles.None, CultureInfo.InvariantCulture, out var highest))
        {
            throw new EpochRefusedException(hostName, highest);
        }

        if (result.ExitStatus == ElsewhereStatus && After(words, Mark + "managed-elsewhere ") is { } installation)
        {
            throw new ManagedElsewhereException(hostName, installation);
        }
    }

    internal RemoteCommand Raise(TimeSpan patience, TimeSpan moment)
    {
        // Two moments for those that are held, and two for those that run.
        var limit = RemoteCommand.DefaultDeadline + patience + (4 * moment);
        return RemoteCommand.Script(Raising, Folder, Installation, Number(Epoch), Number((long)patience.TotalSeconds), Number((long)moment.TotalSeconds)) with { Deadline = limit, Label = "epoch raise" };
    }

    private static RaisedEpoch? Parse(string text)
    {
        long? seen = null;
        var boot = string.Empty;
        List<EpochHolder> ended = [];
        List<EpochHolder> left = [];
        foreach (var line in text.Split('\n'))
        {
            switch (line.Split(' '))
            {
                case ["seen", var epoch] when long.TryParse(epoch, NumberStyles.None, CultureInfo.InvariantCulture, out var number):
                    seen = number;
                    break;
                case ["boot", var id]:
                    boot = id;
                    break;
                case [("ended" or "left") and var what, var kind, var epoch, var process]
                    when long.TryParse(epoch, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && int.TryParse(process, NumberStyles.None, CultureInfo.InvariantCulture, out var id):
                    (what == "ended" ? ended : left).Add(new EpochHolder(kind, number, id));
                    break;
            }
        }

        return seen is { } before && boot.Length > 0 ? new RaisedEpoch(before, boot, ended, left) : null;
    }

    private static string? After(string text, string prefix) => text.StartsWith(prefix, StringComparison.Ordinal) ? text[prefix.Length..] : null;

    private static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);

    private RemoteCommand Guarded(string kind, RemoteCommand command) =>
        RemoteCommand.Script(Guard, [Folder, Installation, Number(Epoch), kind, .. command.Arguments]) with { Input = command.Input, Deadline = command.Deadline, Label = command.Label };
}
