using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using KvmOperator.Runtime.Api;

namespace KvmOperator.Runtime.LeaderElection;

/// <summary>Reads and writes one Lease. A write succeeds only on the version that was read.</summary>
internal sealed class LeaseLock(EntityClient client, string ofNamespace, string name, string identity, TimeSpan duration, TimeProvider clock)
{
    private readonly string collection = $"/apis/coordination.k8s.io/v1/namespaces/{ofNamespace}/leases";

    /// <summary>What stands in the lease; null when there is none.</summary>
    public async Task<LeaseRecord?> ReadAsync(TimeSpan within, CancellationToken cancellationToken)
    {
        try
        {
            using var answer = await client.SendAsync(HttpMethod.Get, $"{collection}/{name}", null, cancellationToken, within);
            return Record(answer.RootElement);
        }
        catch (ApiException refused) when (refused.IsNotFound)
        {
            return null;
        }
    }

    /// <summary>Makes the lease ours. False when somebody else was quicker.</summary>
    public Task<bool> TakeAsync(LeaseRecord? before, TimeSpan within, CancellationToken cancellationToken)
    {
        var now = MicroTime();
        var isNew = !string.Equals(before?.Holder, identity, StringComparison.Ordinal);
        return WriteAsync(
            before,
            identity,
            duration,
            isNew ? now : before?.AcquireTime ?? now,
            (before?.Transitions ?? 0) + (isNew && before is not null ? 1 : 0),
            within,
            cancellationToken);
    }

    /// <summary>Gives the lease up, so that the next need not wait. False when it was no longer ours.</summary>
    public Task<bool> ReleaseAsync(LeaseRecord before, TimeSpan within, CancellationToken cancellationToken) =>
        WriteAsync(before, string.Empty, TimeSpan.FromSeconds(1), MicroTime(), before.Transitions, within, cancellationToken);

    private static LeaseRecord Record(JsonElement lease)
    {
        var version = lease.GetProperty("metadata").GetProperty("resourceVersion").GetString()!;
        return lease.TryGetProperty("spec", out var spec)
            ? new LeaseRecord(
                spec.TryGetProperty("holderIdentity", out var holder) ? holder.GetString() ?? string.Empty : string.Empty,
                TimeSpan.FromSeconds(spec.TryGetProperty("leaseDurationSeconds", out var seconds) ? seconds.GetInt32() : 0),
                spec.TryGetProperty("leaseTransitions", out var transitions) ? transitions.GetInt32() : 0,
                spec.TryGetProperty("acquireTime", out var acquired) ? acquired.GetString() : null,
                version)
            : new LeaseRecord(string.Empty, TimeSpan.Zero, 0, null, version);
    }

    private async Task<bool> WriteAsync(
        LeaseRecord? before, string holder, TimeSpan lasts, string acquired, int transitions, TimeSpan within, CancellationToken cancellationToken)
    {
        var metadata = new JsonObject { ["name"] = name, ["namespace"] = ofNamespace };
        if (before is not null)
        {
            metadata["resourceVersion"] = before.ResourceVersion;
        }

        var lease = new JsonObject
        {
            ["apiVersion"] = "coordination.k8s.io/v1",
            ["kind"] = "Lease",
            ["metadata"] = metadata,
            ["spec"] = new JsonObject
            {
                ["holderIdentity"] = holder,
                ["leaseDurationSeconds"] = (int)lasts.TotalSeconds,
                ["acquireTime"] = acquired,
                ["renewTime"] = MicroTime(),
                ["leaseTransitions"] = transitions,
            },
        };
        using var body = EntityClient.Body(lease.ToJsonString(), before is null ? "application/json" : "application/merge-patch+json");
        try
        {
            using var answer = before is null
                ? await client.SendAsync(HttpMethod.Post, collection, body, cancellationToken, within)
                : await client.SendAsync(HttpMethod.Patch, $"{collection}/{name}", body, cancellationToken, within);
            return true;
        }
        catch (ApiException refused) when (refused.IsConflict || refused.IsNotFound)
        {
            return false;
        }
    }

    private string MicroTime() => clock.GetUtcNow().ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture);
}
