using KvmOperator.HostTests.Lab;
using KvmOperator.HostTests.Operator;
using Xunit;
using Xunit.Sdk;
using Xunit.v3;

[assembly: AssemblyFixture(typeof(LabFixture))]
[assembly: Parallelization(Mode = ParallelMode.None)]

namespace KvmOperator.HostTests.Lab;

/// <summary>
/// The labs of these tests: two KVM hosts and the storage server, prepared or bare, up since the first test that asks. Each scenario
/// starts from the same snapshot, taken before any of them touched a machine.
/// </summary>
public sealed class LabFixture : IAsyncDisposable
{
    private const string FreshSnapshot = "fresh";
    private const string PoolSnapshot = "pool";

    private readonly KvmLab prepared = new("tests");
    private readonly KvmLab bare = new("tests-bare");
    private readonly HashSet<string> saved = new(StringComparer.Ordinal);
    private readonly List<KvmLab> started = [];
    private readonly MachineLogs logs = new();

    /// <summary>The prepared lab, all machines as they were after their first boot.</summary>
    internal async Task<KvmLab> FreshAsync(CancellationToken cancellationToken)
    {
        await RestoreAsync(prepared, "prepared", FreshSnapshot, cancellationToken);
        return prepared;
    }

    /// <summary>A lab with a Kubernetes API that knows none of the product's objects, unless it begins with a pool.</summary>
    internal async Task<OperatorLab> OperatorAsync(Beginning beginning, string scenario, CancellationToken cancellationToken)
    {
        if (beginning == Beginning.Bare)
        {
            await RestoreAsync(bare, "bare", FreshSnapshot, cancellationToken);
            return await OpenAsync(bare, scenario, cancellationToken);
        }

        if (beginning == Beginning.Prepared)
        {
            return await OpenAsync(await FreshAsync(cancellationToken), scenario, cancellationToken);
        }

        var made = saved.Contains(Key(prepared, PoolSnapshot));
        var lab = await OpenAsync(made ? await PoolAsync(cancellationToken) : await FreshAsync(cancellationToken), scenario, cancellationToken);
        try
        {
            await lab.StartOperatorAsync(cancellationToken);
            await lab.ApplyPoolAsync(cancellationToken);
            if (!made)
            {
                await lab.CopyGuestImageAsync(cancellationToken);
                await prepared.VerbAsync(cancellationToken, "save", PoolSnapshot);
                saved.Add(Key(prepared, PoolSnapshot));
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

    private async Task<KvmLab> PoolAsync(CancellationToken cancellationToken)
    {
        await prepared.VerbAsync(cancellationToken, "restore", PoolSnapshot);
        return prepared;
    }

    private async Task RestoreAsync(KvmLab lab, string image, string snapshot, CancellationToken cancellationToken)
    {
        if (saved.Contains(Key(lab, snapshot)))
        {
            await lab.VerbAsync(cancellationToken, "restore", snapshot);
            return;
        }

        await lab.DownAsync(cancellationToken);
        started.Add(lab);
        await lab.UpAsync(cancellationToken, "--no-control-plane", "--image", image);
        await lab.VerbAsync(cancellationToken, "save", snapshot);
        saved.Add(Key(lab, snapshot));
    }
}
