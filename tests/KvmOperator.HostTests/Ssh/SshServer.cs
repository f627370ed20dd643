using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using KvmOperator.Hosts.Ssh;
using KvmOperator.HostTests.Lab;
using Xunit;

namespace KvmOperator.HostTests.Ssh;

/// <summary>A real sshd on a free loopback port with its own host keys, which a test may freeze, cut and give another identity.</summary>
internal sealed class SshServer : IAsyncDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("kvm-operator-sshd-").FullName;
    private readonly List<string> extraOptions;
    private Process? process;

    private SshServer(IEnumerable<string> options) => extraOptions = [.. options];

    public int Port { get; } = FreePort();

    /// <summary>The private key that root may log in with.</summary>
    public string ClientKey { get; private set; } = string.Empty;

    public string ClientPublicKey { get; private set; } = string.Empty;

    /// <summary>The public host keys in OpenSSH's format.</summary>
    public IReadOnlyList<string> HostKeys => [.. new[] { "ed25519", "rsa" }.Select(type => File.ReadAllText(In($"host_{type}.pub")).Trim())];

    public HostConnectionSettings Settings => new("sshd", "127.0.0.1", new HostCredentials { PrivateKey = ClientKey }) { Port = Port };

    private string AuthorizedKeys => In("authorized_keys");

    private string Log => In("log");

    public static async Task<SshServer> StartAsync(params string[] options)
    {
        var server = new SshServer(options);
        Directory.CreateDirectory("/run/sshd");
        // sshd reads the authorized keys with the rights of whoever logs in; the private keys beside them stay readable for their owner only.
        await LocalCommand.RunAsync("chmod", ["0755", server.folder]);
        (server.ClientKey, server.ClientPublicKey) = await server.CreateKeyAsync("client", "ed25519", passphrase: string.Empty);
        await server.AuthorizeAsync(server.ClientPublicKey);
        await server.CreateHostKeysAsync();
        await server.StartProcessAsync();
        return server;
    }

    public Task AuthorizeAsync(string publicKey) => File.AppendAllTextAsync(AuthorizedKeys, publicKey + "\n");

    public async Task<(string PrivateKey, string PublicKey)> CreateKeyAsync(string name, string type, string passphrase)
    {
        File.Delete(In(name));
        File.Delete(In(name + ".pub"));
        await LocalCommand.RunAsync("ssh-keygen", ["-q", "-t", type, "-N", passphrase, "-C", name, "-f", In(name)]);
        return (await File.ReadAllTextAsync(In(name)), (await File.ReadAllTextAsync(In(name + ".pub"))).Trim());
    }

    /// <summary>The same address, another machine.</summary>
    public async Task ReplaceHostKeysAsync()
    {
        await StopAsync();
        await CreateHostKeysAsync();
        await StartProcessAsync();
    }

    /// <summary>How many times a client opened a connection so far.</summary>
    public int CountConnections() => File.ReadAllLines(Log).Count(line => line.StartsWith("Connection from ", StringComparison.Ordinal));

    /// <summary>How many processes were started for clients so far.</summary>
    public int CountSessions() => File.ReadAllLines(Log).Count(line => line.StartsWith("Starting session: ", StringComparison.Ordinal));

    public Task FreezeAsync() => SignalSessionsAsync("-STOP");

    public Task ThawAsync() => SignalSessionsAsync("-CONT");

    public Task CutConnectionsAsync() => SignalSessionsAsync("-KILL");

    public async Task StopAsync()
    {
        if (process is { HasExited: false })
        {
            await ThawAsync();
            await CutConnectionsAsync();
            process.Kill();
            await process.WaitForExitAsync();
        }

        process?.Dispose();
        process = null;
    }

    public async Task StartProcessAsync()
    {
        await File.WriteAllLinesAsync(
            In("config"),
            [
                $"Port {Port}", "ListenAddress 127.0.0.1", $"HostKey {In("host_ed25519")}", $"HostKey {In("host_rsa")}", $"PidFile {In("pid")}",
                $"AuthorizedKeysFile {AuthorizedKeys}", "StrictModes no", "UsePAM no", "PermitRootLogin yes", "KbdInteractiveAuthentication no",
                "LogLevel VERBOSE", .. extraOptions,
            ]);
        // The streams are ours, so that nobody who waits for the end of the test's output waits for sshd.
        process = Process.Start(new ProcessStartInfo("/usr/sbin/sshd", ["-D", "-E", Log, "-f", In("config")])
        {
            UseShellExecute = false, RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true,
        })!;
        using var limit = new CancellationTokenSource(Patience.For(TimeSpan.FromSeconds(10)));
        while (!await IsListeningAsync(limit.Token))
        {
            if (process.HasExited)
            {
                throw new InvalidOperationException($"sshd ended: {await File.ReadAllTextAsync(Log, limit.Token)}");
            }

            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, limit.Token);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        Directory.Delete(folder, recursive: true);
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private async Task<bool> IsListeningAsync(CancellationToken cancellationToken) =>
        File.Exists(Log) && (await File.ReadAllTextAsync(Log, cancellationToken)).Contains($"Server listening on 127.0.0.1 port {Port}", StringComparison.Ordinal);

    private async Task CreateHostKeysAsync()
    {
        File.Delete(Log);
        await CreateKeyAsync("host_ed25519", "ed25519", passphrase: string.Empty);
        await CreateKeyAsync("host_rsa", "rsa", passphrase: string.Empty);
    }

    private Task<string> SignalSessionsAsync(string signal) => LocalCommand.RunAsync(
        "/bin/sh",
        [
            "-c",
            """
            signalled=
            descend() { for child in $(cat "/proc/$1/task/"*/children 2>/dev/null); do signalled="$signalled $child"; descend "$child"; done; }
            descend "$1"
            for pid in $signalled; do case $(cat "/proc/$pid/comm" 2>/dev/null) in sshd*) kill "$2" "$pid" 2>/dev/null;; esac; done
            true
            """,
            "signal", process!.Id.ToString(System.Globalization.CultureInfo.InvariantCulture), signal,
        ]);

    private string In(string name) => Path.Combine(folder, name);
}
