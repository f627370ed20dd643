using KvmOperator.Hosts.Ssh;

namespace KvmOperator.Hosts.Fencing;

/// <summary>Looks from several places whether a machine gives any sign of life. Changes nothing.</summary>
public interface IHostProbes
{
    /// <summary>
    /// Whether an SSH server answers a connection that is made now: a held one may be silent for 12 s after an outage of 6 s. It must send its first line; whatever forwards a port would take a connection for a machine that is off.
    /// </summary>
    /// <param name="address">Where it is reached.</param>
    /// <param name="port">Its port.</param>
    /// <param name="isItself">Whether that is the machine's own address: then its refusal is a sign of life, too.</param>
    /// <param name="limit">How long it may take.</param>
    /// <param name="cancellationToken">Gives up.</param>
    Task<bool> AnswersAsync(string address, int port, bool isItself, TimeSpan limit, CancellationToken cancellationToken);

    /// <summary>Has another machine look, some times one after the other, for a second each. All exceptions of <see cref="HostShellExtensions.RequireAsync"/> apply: then nothing was seen.</summary>
    /// <param name="vantage">Who looks.</param>
    /// <param name="addresses">The addresses of the machine.</param>
    /// <param name="tries">How often at most; it ends with the first answer.</param>
    /// <param name="cancellationToken">Gives up.</param>
    Task<HostProbe> LookAsync(IHostShell vantage, IReadOnlyList<string> addresses, int tries, CancellationToken cancellationToken);
}
