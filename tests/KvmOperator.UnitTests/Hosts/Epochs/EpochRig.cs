using KvmOperator.Hosts.Epochs;
using KvmOperator.Hosts.Ssh;
using Xunit;

namespace KvmOperator.UnitTests.Hosts.Epochs;

/// <summary>The guard and the raise in this computer's own shells, with a folder of the test in place of the host's.</summary>
internal sealed class EpochRig(string shell) : IAsyncDisposable, IHostShell
{
    private readonly List<HeldProcess> processes = [];

    public string Name => "node1";

    public HostKey? HostKey => null;

    /// <summary>Whether no connection can be made.</summary>
    public bool IsAway { get; set; }

    /// <summary>How often the host was taken.</summary>
    public int Raises { get; private set; }

    public string Folder { get; } = Directory.CreateTempSubdirectory("kvm-operator-epoch-").FullName;

    public IEnumerable<string> Holders => Directory.Exists(Path.Combine(Folder, "holders")) ? Directory.GetFiles(Path.Combine(Folder, "holders")).Select(file => Path.GetFileName(file)!) : [];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public HostEpoch Leader(long epoch, string installation = "one") => new(installation, epoch) { Folder = Folder };

    public string FilePath(string name) => Path.Combine(Folder, name);

    /// <summary>Starts a command behind the guard.</summary>
    /// <param name="command">From <see cref="HostEpoch.Hold"/> or <see cref="HostEpoch.Run"/>.</param>
    /// <param name="stopBefore">Words of the guard before which it is stopped, as by the kernel.</param>
    public HeldProcess Start(RemoteCommand command, string? stopBefore = null)
    {
        var arguments = command.Arguments.Skip(1).ToList();
        if (stopBefore is not null)
        {
            Assert.Contains(stopBefore, arguments[1], StringComparison.Ordinal);
            arguments[1] = arguments[1].Replace(stopBefore, $"kill -s STOP $$\n{stopBefore}", StringComparison.Ordinal);
        }

        var process = new HeldProcess(RemoteCommand.Of(shell, arguments));
        processes.Add(process);
        return process;
    }

    /// <summary>Runs a command behind the guard to its end.</summary>
    public async Task<CommandResult> RunAsync(RemoteCommand command, CancellationToken cancellationToken)
    {
        if (IsAway)
        {
            throw new HostUnreachableException(Name, "it is away", commandMayHaveRun: false);
        }

        Raises += command.Label == "epoch raise" ? 1 : 0;
        var process = Start(command);
        await process.Input.WriteAsync(command.Input, cancellationToken);
        process.Input.Close();
        var result = await process.EndAsync(cancellationToken);
        HostEpoch.ThrowIfRefused(Name, result);
        return result;
    }

    public Task<IHostChannel> OpenAsync(RemoteCommand command, CancellationToken cancellationToken) => Task.FromResult<IHostChannel>(Start(command));

    public Task<CommandResult> ResultOfAsync(RemoteCommand command) => RunAsync(command, Cancellation);

    /// <summary>Takes the host, with little patience.</summary>
    public async Task<RaisedEpoch> RaiseAsync(HostEpoch leader, int patience = 1) => await leader.RaiseAsync(new Impatient(this, leader, patience), Cancellation);

    public async Task<HeldProcess> HoldAsync(HostEpoch leader, string script = "echo held; exec sleep 1000")
    {
        var process = Start(leader.Hold(RemoteCommand.Script(script)));
        Assert.Equal("held", await process.Process.StandardOutput.ReadLineAsync(Cancellation));
        return process;
    }

    public static Task UntilStoppedAsync(HeldProcess process) =>
        HeldProcess.UntilAsync(() => File.ReadAllText($"/proc/{process.Process.Id}/stat").Contains(") T ", StringComparison.Ordinal), Cancellation);

    public async ValueTask DisposeAsync()
    {
        foreach (var process in processes)
        {
            await process.DisposeAsync();
        }

        Directory.Delete(Folder, recursive: true);
    }

    /// <summary>The same host with a shorter patience than a real leader has.</summary>
    private sealed class Impatient(EpochRig rig, HostEpoch leader, int patience) : IHostShell
    {
        public string Name => rig.Name;

        public HostKey? HostKey => null;

        public Task<IHostChannel> OpenAsync(RemoteCommand command, CancellationToken cancellationToken) => throw new NotSupportedException();

        public async Task<CommandResult> RunAsync(RemoteCommand command, CancellationToken cancellationToken)
        {
            Assert.Equal(leader.Raise(TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(2)).Arguments, command.Arguments);
            var process = rig.Start(leader.Raise(TimeSpan.FromSeconds(patience), TimeSpan.FromSeconds(1)));
            return await process.EndAsync(cancellationToken);
        }
    }
}
