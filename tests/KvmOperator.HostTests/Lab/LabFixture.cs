using KvmOperator.HostTests.Lab;
using KvmOperator.HostTests.Operator;
using Xunit;
using Xunit.Sdk;
using Xunit.v3;

[assembly: AssemblyFixture(typeof(LabFixture))]
[assembly: Parallelization(Mode = ParallelMode.None)]

namespace KvmOperator.HostTests.Lab;

/// <summary>
/// The labs of these tests: two KVM hosts, or three, and the storage server, prepared or of other images, up since the first test that asks. Each scenario
/// starts from the same snapshot, taken before any of them touched a machine. <c>tests/run</c> runs one class after the other as processes of their own: then the
/// labs stay up for the next, which takes over their snapshots.
/// </summary>
public sealed class LabFixture : IAsyncDisposable
{
    private const string FreshSnapshot = "fresh";
    private const string PoolSnapshot = "pool";

    /// <summary>Names the run of which this process is a part; nothing where it stands alone.</summary>
    private static readonly string? Run = Environment.GetEnvironmentVariable("KVM_OPERATOR_TEST_RUN") is { Length: > 0 } run ? run : null;

    private readonly KvmLab prepared = new("tests");

    /// <summary>Those that begin otherwise, each with its image.</summary>
    private readonly Dictionary<Beginning, (KvmLab Lab, string[] Options)> others = new()
    {
        [Beginning.Bare] = (new KvmLab("tests-bare"), ["--image", "bare"]),
        [Beginning.Mixed] = (new KvmLab("tests-mixed"), ["--image", "prepared,node2=debian-13"]),
        [Beginning.RhelLike] = (new KvmLab("tests-rhel-like"), ["--image", "rhel-like"]),
        [Beginning.PoolOfThree] = (new KvmLab("tests-three"), ["--image", "prepared", "--hosts", "3"]),
    };

    private readonly HashSet<string> saved = new(StringComparer.Ordinal);
    private readonly List<KvmLab> started = [];
    private readonly MachineLogs logs = new();

    /// <summary>The prepared lab, all machines as they were after their first boot.</summary>
    internal async Task<KvmLab> FreshAsync(CancellationToken cancellationToken)
    {
        await RestoreAsync(prepared, ["--image", "prepared"], FreshSnapshot, cancellationToken);
        return prepared;
    }

    /// <summary>A lab with a Kubernetes API that knows none of the product's objects, unless it begins with a pool.</summary>
    internal async Task<OperatorLab> OperatorAsync(Beginning beginning, string scenario, CancellationToken cancellationToken)
    {
        if (others.TryGetValue(beginning, out var machines))
        {
            // Beside the prepared one there is memory for one more lab.
            foreach (var (other, _) in others.Values.Where(one => one != machines))
            {
                await EndAsync(other, cancellationToken);
            }

            if (beginning == Beginning.PoolOfThree)
            {
                return await PoolAsync(machines.Lab, machines.Options, scenario, cancellationToken);
            }

            await RestoreAsync(machines.Lab, machines.Options, FreshSnapshot, cancellationToken);
            return await OpenAsync(machines.Lab, scenario, cancellationToken);
        }

        return beginning == Beginning.Prepared
            ? await OpenAsync(await FreshAsync(cancellationToken), scenario, cancellationToken)
            : await PoolAsync(prepared, ["--image", "prepared"], scenario, cancellationToken);
    }

    /// <summary>A lab with a ready pool and an operator at work: made once, and taken from its snapshot afterwards.</summary>
    private async Task<OperatorLab> PoolAsync(KvmLab machines, string[] options, string scenario, CancellationToken cancellationToken)
    {
        var made = await IsSavedAsync(machines, PoolSnapshot, cancellationToken);
        await RestoreAsync(machines, options, made ? PoolSnapshot : FreshSnapshot, cancellationToken);
        var lab = await OpenAsync(machines, scenario, cancellationToken);
        try
        {
            await lab.StartOperatorAsync(cancellationToken);
            await lab.ApplyPoolAsync(cancellationToken);
            if (!made)
            {
                await lab.CopyGuestImageAsync(cancellationToken);
                await lab.HaveNetworksAsync(cancellationToken);
                await machines.VerbAsync(cancellationToken, "save", PoolSnapshot);
                saved.Add(Key(machines, PoolSnapshot));
            }

            return lab;
        }
        catch
        {
            await lab.DisposeAsync();
            throw;
        }
    }

    /// <summary>How machines ended by themselves since this was asked last.</summary>
    internal async Task<IReadOnlyList<string>> DeathsAsync(CancellationToken cancellationToken)
    {
        var dead = new List<string>();
        foreach (var lab in started)
        {
            dead.AddRange(await logs.DeathsAsync(lab, cancellationToken));
        }

        return dead;
    }

    public async ValueTask DisposeAsync()
    {
        if (Run is not null)
        {
            return;
        }

        foreach (var lab in started)
        {
            await lab.DownAsync(CancellationToken.None);
        }
    }

    private static string Key(KvmLab lab, string snapshot) => lab.Name + "/" + snapshot;

    /// <summary>The API is started when a scenario first needs it, beside the machines that run already.</summary>
    private static async Task<OperatorLab> OpenAsync(KvmLab lab, string scenario, CancellationToken cancellationToken)
    {
        if (!(await lab.TryAsync(["kubeconfig"], cancellationToken)).Succeeded)
        {
            await lab.UpAsync(cancellationToken);
        }

        return await OperatorLab.OpenAsync(lab, scenario, cancellationToken);
    }

    private async Task EndAsync(KvmLab lab, CancellationToken cancellationToken)
    {
        if (!Directory.Exists(lab.State))
        {
            return;
        }

        await lab.DownAsync(cancellationToken);
        started.Remove(lab);
        saved.RemoveWhere(key => key.StartsWith(lab.Name + "/", StringComparison.Ordinal));
    }

    private async Task RestoreAsync(KvmLab lab, string[] options, string snapshot, CancellationToken cancellationToken)
    {
        if (await IsSavedAsync(lab, snapshot, cancellationToken))
        {
            await lab.VerbAsync(cancellationToken, "restore", snapshot);
            return;
        }

        await lab.DownAsync(cancellationToken);
        started.Add(lab);
        await lab.UpAsync(cancellationToken, ["--no-control-plane", .. options]);
        await lab.VerbAsync(cancellationToken, "save", snapshot);
        saved.Add(Key(lab, snapshot));
        if (Run is not null)
        {
            await File.WriteAllTextAsync(RunFile(lab), Run, cancellationToken);
        }
    }

    private static string RunFile(KvmLab lab) => Path.Combine(lab.State, "test-run");

    /// <summary>Whether there is a snapshot: made by this process, or by another one of the same run.</summary>
    private async Task<bool> IsSavedAsync(KvmLab lab, string snapshot, CancellationToken cancellationToken)
    {
        if (saved.Contains(Key(lab, snapshot)))
        {
            return true;
        }

        if (Run is null || !File.Exists(RunFile(lab)) || await File.ReadAllTextAsync(RunFile(lab), cancellationToken) != Run || !File.Exists(Path.Combine(lab.State, "saved-" + snapshot)))
        {
            return false;
        }

        if (!started.Contains(lab))
        {
            // What died before this process began was told by others.
            started.Add(lab);
            await logs.DeathsAsync(lab, cancellationToken);
        }

        return saved.Add(Key(lab, snapshot));
    }
}
