using k8s;
using k8s.Models;

namespace KvmOperator.Api;

/// <summary>Annotations by which people say what a spec cannot: a consent, once.</summary>
public static class Annotations
{
    /// <summary>On a KvmHost or NfsStore: the SHA-256 fingerprint of the new host key that a person accepts.</summary>
    public const string AcceptHostKey = ApiGroup.Name + "/accept-host-key";

    /// <summary>
    /// On a KvmHost or NfsStore: a person confirms that the machine is powered off, and cannot write. It counts only while nothing answers there. The value is NAME/ID for a KvmHost, with the ID of
    /// its <c>status.failover</c>, so that it counts for this failure and for no later one; for an NfsStore it is the object's name.
    /// </summary>
    public const string ConfirmPoweredOff = ApiGroup.Name + "/confirm-powered-off";

    /// <summary>On a VirtualMachine: an existing domain without owner marker, by its UUID, is to be taken over.</summary>
    public const string AdoptDomain = ApiGroup.Name + "/adopt-domain";

    /// <summary>
    /// On a VirtualMachine: a person accepts that the guest goes on with an older state of its TPM, since its host is lost. The value is the time of the copy, as the condition Defined says it
    /// (<c>none</c> for an empty TPM); it counts for that copy only.
    /// </summary>
    public const string AcceptOlderTpmState = ApiGroup.Name + "/accept-older-tpm-state";

    /// <summary>On a VmwareImport whose guest runs and does not show that it works: a person has seen that it does. The value is the import's own UID, so that it counts for this import and for no later one of its name.</summary>
    public const string ConfirmVerified = ApiGroup.Name + "/confirm-verified";

    /// <summary>On a VirtualMachine that an import made: the import, as NAME/UID. The operator makes the object once and never changes it.</summary>
    public const string ImportedBy = ApiGroup.Name + "/imported-by";

    /// <summary>On a VmMigration that the operator made: why the guest is moved, as it stands in <c>status.reason</c> then.</summary>
    public const string MoveReason = ApiGroup.Name + "/move-reason";

    /// <summary>
    /// On a VirtualMachine: something that is to be done once, as VERB@TIME. <c>restart@2026-01-31T18:00:00Z</c> shuts a guest that runs down and starts it, not before that time. A value counts once, and one that is older
    /// than the object or than the guest's last start counts as done, so that Git may keep it. What became of it is in <c>status.lastRequest</c>.
    /// </summary>
    public const string Request = ApiGroup.Name + "/request";

    /// <summary>On any object: <c>true</c> keeps the operator from touching anything for it, also when it is being deleted. A KvmHost is still looked at.</summary>
    public const string Paused = ApiGroup.Name + "/paused";

    /// <summary>Whether a person has asked that nothing be touched for an object.</summary>
    public static bool IsPaused(this IMetadata<V1ObjectMeta> entity) => entity.GetAnnotation(Paused) == "true";
}
