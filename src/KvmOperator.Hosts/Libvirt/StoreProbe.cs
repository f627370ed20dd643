namespace KvmOperator.Hosts.Libvirt;

/// <summary>A store's health, seen from a host.</summary>
/// <param name="MountPath">Where it is mounted.</param>
/// <param name="Answers">True when it is mounted and answered in time.</param>
/// <param name="SizeBytes">Its size; 0 when it did not answer.</param>
/// <param name="AvailableBytes">What can still be written; 0 when it did not answer.</param>
/// <param name="Reason">Why it did not answer; else empty.</param>
public sealed record StoreProbe(string MountPath, bool Answers, long SizeBytes, long AvailableBytes, string Reason)
{
    /// <summary>The reason where nothing is mounted. Whatever else keeps a probe from answering is a store that hangs.</summary>
    public const string NotMounted = "not mounted";

    /// <summary>Nothing is mounted there.</summary>
    public static StoreProbe Missing(string mountPath) => new(mountPath, Answers: false, 0, 0, NotMounted);

    /// <summary>There was no answer in time.</summary>
    public static StoreProbe Silent(string mountPath) => new(mountPath, Answers: false, 0, 0, "did not answer in time");
}
