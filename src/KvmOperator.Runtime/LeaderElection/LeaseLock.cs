using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using KvmOperator.Runtime.Api;

namespace KvmOperator.Runtime.LeaderElection;

/// <summary>Reads and writes one Lease. A write succeeds only on the version that was read.</summary>
/// <param name="client">The API server.</param>
/// <param name="ofNamespace">Where the Lease is.</param>
/// <param name="name">Its name.</param>
/// <param name="identity">Who writes.</param>
/// <param name="duration">How long the writer's word is good.</param>
/// <param name="annotationDomain">The first part of the names of the annotations with the epoch and the installation.</param>
/// <param name="clock">For the times in the Lease.</param>
internal sealed class LeaseLock(
    EntityClient client, string ofNamespace, string name, string identity, TimeSpan duration, string annotationDomain, TimeProvider clock)
{
    private readonly string collection = $"/apis/coordination.k8s.io/v1/namespaces/{ofNamespace}/leases";
    private readonly string epochAnnotation = $"{annotationDomain}/epoch";
    private readonly string installationAnnotation = $"{annotationDomain}/installation";

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

    /// <summary>Makes the lease ours. Answers what stands there then; null when somebody else was quicker.</summary>
    public Task<LeaseRecord?> TakeAsync(LeaseRecord? before, Reign reign, TimeSpan within, CancellationToken cancellationToken)
    {
        var now = MicroTime();
        var isNew = !string.Equals(before?.Holder, identity, StringComparison.Ordinal);
        return WriteAsync(
            before,
            identity,
            duration,
            isNew ? now : before?.AcquireTime ?? now,
            (before?.Transitions ?? 0) + (isNew && before is not null ? 1 : 0),
            new JsonObject
            {
                [epochAnnotation] = reign.Epoch.ToString(CultureInfo.InvariantCulture),
                [installationAnnotation] = reign.InstallationId,
            },
            within,
            cancellationToken);
    }

    /// <summary>Gives the lease up, so that the next need not wait. Epoch and installation stay. Null when it was no longer ours.</summary>
    public Task<LeaseRecord?> ReleaseAsync(LeaseRecord before, TimeSpan within, CancellationToken cancellationToken) =>
        WriteAsync(before, string.Empty, TimeSpan.FromSeconds(1), MicroTime(), before.Transitions, null, within, cancellationToken);

    private LeaseRecord Record(JsonElement lease)
    {
        var metadata = lease.GetProperty("metadata");
        var version = metadata.GetProperty("resourceVersion").GetString()!;
        var annotations = metadata.TryGetProperty("annotations", out var found) && found.ValueKind == JsonValueKind.Object ? found : default;
        var installation = Annotation(annotations, installationAnnotation);

        // What somebody wrote there by hand and is no epoch counts as none: machines know theirs.
        var epoch = long.TryParse(Annotation(annotations, epochAnnotation), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            && number < Reign.HighestEpoch ? number : 0;
        return lease.TryGetProperty("spec", out var spec)
            ? new LeaseRecord(
                spec.TryGetProperty("holderIdentity", out var holder) ? holder.GetString() ?? string.Empty : string.Empty,
                TimeSpan.FromSeconds(spec.TryGetProperty("leaseDurationSeconds", out var seconds) ? seconds.GetInt32() : 0),
                spec.TryGetProperty("leaseTransitions", out var transitions) ? transitions.GetInt32() : 0,
                spec.TryGetProperty("acquireTime", out var acquired) ? acquired.GetString() : null,
                version,
                epoch,
                installation)
            : new LeaseRecord(string.Empty, TimeSpan.Zero, 0, null, version, epoch, installation);
    }

    private static string? Annotation(JsonElement annotations, string annotation) =>
        annotations.ValueKind == JsonValueKind.Object && annotations.TryGetProperty(annotation, out var value) && value.GetString() is { Length: > 0 } text ? text : null;

    private async Task<LeaseRecord?> WriteAsync(
        LeaseRecord? before,
        string holder,
        TimeSpan lasts,
        string acquired,
        int transitions,
        JsonObject? annotations,
        TimeSpan within,
        CancellationToken cancellationToken)
    {
        var metadata = new JsonObject { ["name"] = name, ["namespace"] = ofNamespace };
        if (annotations is not null)
        {
            metadata["annotations"] = annotations;
        }

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
            return Record(answer.RootElement);
        }
        catch (ApiException refused) when (refused.IsConflict || refused.IsNotFound)
        {
            return null;
        }
    }

    private string MicroTime() => clock.GetUtcNow().ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture);
}
