using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.Logging;
using Renci.SshNet;
using Renci.SshNet.Common;

namespace KvmOperator.Hosts.Ssh;

/// <summary>Opens connections to one host: verifies its key before anything else, then authenticates, and remembers failures so that a host is not hammered.</summary>
internal sealed class HostConnector(HostConnectionSettings settings, HostPace pace, HostThreads threads, TimeProvider timeProvider, ILogger logger) : IHostConnector
{
    /// <summary>The most that the time for opening a connection grows to: a host that is away is found out by it, too.</summary>
    private const int MostPatience = 4;

    /// <summary>A kernel that takes a connection does so at once.</summary>
    private static readonly TimeSpan AcceptPatience = TimeSpan.FromSeconds(2);

    private readonly ConnectionBackOff backOff = new(timeProvider);

    /// <inheritdoc/>
    public HostKey? HostKey { get; private set; }

    /// <inheritdoc/>
    public async Task<IHostConnection> ConnectAsync(CancellationToken cancellationToken)
    {
        backOff.ThrowIfTooEarly();
        var methods = ReadCredentials();
        var trust = settings.Trust.AcceptsAny && HostKey is { } recorded ? HostKeyTrust.Pinned([recorded.OpenSshLine]) : settings.Trust;
        var patience = settings.ConnectTimeout * Math.Min(pace.Factor, MostPatience);
        var connection = new ConnectionInfo(settings.Address, settings.Port, settings.User, methods) 
        {
            Timeout = patience,

            // The peer knows best how many sessions it has, and says so at once.
            RetryAttempts = 1,
            MaxSessions = 1000,
        };
        SecureAlgorithms.Restrict(connection, trust);

        HostKey? presented = null;
        var answered = false;
        var client = new SshClient(connection);
        client.HostKeyReceived += (_, key) =>
        {
            presented = HostKey.FromBlob(key.HostKey);
            key.CanTrust = trust.Trusts(presented);
        };

        client.ServerIdentificationReceived += (_, _) => answered = true;

        var started = timeProvider.GetTimestamp();
        try
        {
            using var limit = new CancellationTokenSource(patience, timeProvider);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, limit.Token);
            await ConnectAsync(client, either.Token);
        }
        catch (Exception exception)
        {
            if (exception is OperationCanceledException && cancellationToken.IsCancellationRequested)
            {
                throw;
            }

            if (answered && exception is (OperationCanceledException or SshOperationTimeoutException))
            {
                pace.ConnectedTooSlowly();
            }

            var isLate = exception is OperationCanceledException or SshOperationTimeoutException;
            var isAlive = answered || presented is not null || (isLate && await AcceptsAsync(cancellationToken));
            throw Explain(exception, presented, isAlive, trust, patience);
        }

        pace.Connected(timeProvider.GetElapsedTime(started));
        backOff.Reset();
        HostKey = presented;
        return new HostConnection(client, settings, pace, threads, timeProvider, logger);
    }

    /// <summary>The library's own asynchronous way waits on threads of the pool for most of it. A client that nobody waits for any more is closed where it was opened.</summary>
    private async Task ConnectAsync(SshClient client, CancellationToken cancellationToken)
    {
        var connecting = threads.Connecting.RunAsync(() =>
        {
            try
            {
                cancellationToken.ThrowIfCancellationRequested();
                client.Connect();
                cancellationToken.ThrowIfCancellationRequested();
            }
            catch
            {
                client.Dispose();
                throw;
            }
        });
        await connecting.WaitAsync(cancellationToken);
    }

    /// <summary>
    /// Whether a kernel takes connections at the address, of a machine whose SSH server said nothing in time: it may be all that still works there, beside its guests. A forwarder whose machine is
    /// off closes what it took, and is not late.
    /// </summary>
    private async Task<bool> AcceptsAsync(CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(AcceptPatience, timeProvider);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, limit.Token);
        using var socket = new TcpClient();
        try
        {
            await socket.ConnectAsync(settings.Address, settings.Port, either.Token);
            return true;
        }
        catch (Exception exception) when (exception is SocketException || (exception is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            return false;
        }
    }

    private HostException Explain(Exception exception, HostKey? presented, bool isAlive, HostKeyTrust trust, TimeSpan patience)
    {
        if (presented is not null && !trust.Trusts(presented))
        {
            return backOff.Untrusted(() => new HostKeyChangedException(settings.Name, presented));
        }

        return exception switch
        {
            SshAuthenticationException => backOff.Refused(until => new AuthenticationRefusedException(settings.Name, settings.User, until, exception)),
            OperationCanceledException or SshOperationTimeoutException => Unreachable(
                $"no SSH connection within {patience.TotalSeconds:0.#} s", isAlive, exception),
            SocketException or SshException or IOException or ObjectDisposedException => Unreachable(exception.Message.TrimEnd('.'), isAlive, exception),
            _ => Unreachable($"{exception.GetType().Name}: {exception.Message.TrimEnd('.')}", isAlive, exception),
        };
    }

    private HostException Unreachable(string reason, bool isAlive, Exception exception) =>
        backOff.Unreachable(() => new HostUnreachableException(
            settings.Name, $"{settings.Name} cannot be reached at {settings.Address} port {settings.Port}: {reason}.", commandMayHaveRun: false, exception) { IsAlive = isAlive });

    private AuthenticationMethod[] ReadCredentials()
    {
        var credentials = settings.Credentials;
        var methods = new List<AuthenticationMethod>();
        if (credentials.PrivateKey is { Length: > 0 } privateKey)
        {
            methods.Add(new PrivateKeyAuthenticationMethod(settings.User, ReadPrivateKey(privateKey, credentials.Passphrase)));
        }

        if (credentials.Password is { } password)
        {
            methods.Add(new PasswordAuthenticationMethod(settings.User, password));
            methods.Add(AnswerPrompts(password));
        }

        return methods.Count > 0 ? [.. methods] : throw new UnusableCredentialsException(settings.Name, "There is neither a private key nor a password.");
    }

    /// <summary>Many servers ask for the password in a dialogue only.</summary>
    private KeyboardInteractiveAuthenticationMethod AnswerPrompts(string password)
    {
        var method = new KeyboardInteractiveAuthenticationMethod(settings.User);
        method.AuthenticationPrompt += (_, dialogue) =>
        {
            foreach (var prompt in dialogue.Prompts.Where(prompt => !prompt.IsEchoed))
            {
                prompt.Response = password;
            }
        };
        return method;
    }

    private PrivateKeyFile ReadPrivateKey(string text, string? passphrase)
    {
        try
        {
            using var stream = new MemoryStream(Encoding.UTF8.GetBytes(text));
            return new PrivateKeyFile(stream, passphrase);
        }
        catch (SshPassPhraseNullOrEmptyException exception)
        {
            throw new UnusableCredentialsException(settings.Name, "The private key has a passphrase, and none is given.", exception);
        }
        catch (Exception exception)
        {
            throw new UnusableCredentialsException(
                settings.Name, passphrase is null ? "The private key cannot be read." : "The private key cannot be read, or its passphrase is wrong.", exception);
        }
    }
}
