namespace KvmOperator.Hosts.Epochs;

/// <summary>What a leader found when it took a host.</summary>
/// <param name="SeenBefore">The highest epoch that the host had seen since its start; 0 for none.</param>
/// <param name="BootId">The host's boot. Another one has forgotten every epoch.</param>
/// <param name="Ended">What older leaders still had there, and that was ended.</param>
/// <param name="Left">What could not be ended, because the kernel waits for something. As long as there is any, the host is not taken.</param>
public sealed record RaisedEpoch(long SeenBefore, string BootId, IReadOnlyList<EpochHolder> Ended, IReadOnlyList<EpochHolder> Left)
{
    /// <summary>Whether nothing of an older leader acts there any more.</summary>
    public bool IsTaken => Left.Count == 0;
}
