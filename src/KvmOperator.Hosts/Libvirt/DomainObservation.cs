namespace KvmOperator.Hosts.Libvirt;

/// <summary>A domain as it was seen on a host.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Uuid">Its UUID.</param>
/// <param name="Owner">Whose it is; null for a domain that is none of ours.</param>
/// <param name="State">Its state.</param>
/// <param name="StateReason">libvirt's number for the reason of that state; see <see cref="PausedByInputOutputError"/> and its like.</param>
/// <param name="Vcpus">The processors it has now.</param>
/// <param name="MemoryBytes">The memory it has now.</param>
/// <param name="CpuTimeNanoseconds">The processor time that it used since it was started.</param>
/// <param name="DiskPaths">The files of its disks, in the domain's order.</param>
public sealed record DomainObservation(
    string Name,
    Guid Uuid,
    OwnerMarker? Owner,
    DomainState State,
    int StateReason,
    int Vcpus,
    long MemoryBytes,
    long CpuTimeNanoseconds,
    IReadOnlyList<string> DiskPaths)
{
    /// <summary>The addresses that others can reach the guest by. See <see cref="AreAddressesKnown"/>.</summary>
    public IReadOnlyList<string> Addresses { get; init; } = [];

    /// <summary>Whether somebody was asked for the addresses: before that, having none says nothing.</summary>
    public bool AreAddressesKnown { get; init; }

    /// <summary>The addresses of its network cards in small letters, in the domain's order.</summary>
    public IReadOnlyList<string> MacAddresses { get; init; } = [];

    /// <summary>The moves that it remembers, the oldest one first.</summary>
    public IReadOnlyList<MoveMark> Moves { get; init; } = [];

    /// <summary>How often its definition was changed while it was watched; another number than before says that it changed, and the same says nothing.</summary>
    public int Redefinitions { get; init; }

    private const int ShutdownReason = 1;
    private const int DestroyedReason = 2;
    private const int MigrationReason = 2;
    private const int MigratedReason = 4;
    private const int InputOutputErrorReason = 5;
    private const int StartingUpReason = 11;
    private const int PostCopyReason = 12;
    private const int PostCopyFailedReason = 13;
    private const int RunningPostCopyReason = 10;
    private const int RunningPostCopyFailedReason = 11;
    private const int CrashedReason = 3;
    private const int FailedReason = 6;

    /// <summary>True while a QEMU process of this domain exists, and while libvirt does not know. One that crashed still has its process: libvirt says so only where <c>on_crash</c> keeps it, and shut off otherwise.</summary>
    public bool IsActive => State is not DomainState.ShutOff;

    /// <summary>The guest was stopped because its disk could not be written: storage gone, full, or fenced.</summary>
    public bool PausedByInputOutputError => State == DomainState.Paused && StateReason == InputOutputErrorReason;

    /// <summary>The guest stands still because it is being moved, or because a move broke.</summary>
    public bool PausedByMigration => State == DomainState.Paused && StateReason is MigrationReason or PostCopyFailedReason;

    /// <summary>The guest's memory is on two hosts: post-copy goes on, or broke. Ending the domain on either host costs the guest.</summary>
    public bool InPostCopy => IsInPostCopy(State, StateReason);

    /// <summary>The guest stands still because post-copy broke: a part of its memory is on the other host.</summary>
    public bool PausedByBrokenPostCopy => State == DomainState.Paused && StateReason is PostCopyFailedReason;

    /// <summary>The guest is on its way: libvirt lets QEMU go in a moment.</summary>
    public bool StartsUp => State == DomainState.Paused && StateReason == StartingUpReason;

    /// <summary>The guest did not end by its own or anybody's wish.</summary>
    public bool EndedByFailure => State == DomainState.ShutOff && StateReason is CrashedReason or FailedReason;

    /// <summary>The guest is off because it shut itself down or somebody ended it. Anything else, such as a host that lost power, is a failure.</summary>
    public bool EndedInOrder => State == DomainState.ShutOff && StateReason is ShutdownReason or DestroyedReason;

    /// <summary>The guest is off here because it went to another host, and its definition stayed.</summary>
    public bool LeftByMigration => State == DomainState.ShutOff && StateReason == MigratedReason;

    /// <summary>Whether a state and its reason mean that the guest's memory is on two hosts.</summary>
    internal static bool IsInPostCopy(DomainState state, int reason) => state switch
    {
        DomainState.Paused => reason is PostCopyReason or PostCopyFailedReason,
        DomainState.Running => reason is RunningPostCopyReason or RunningPostCopyFailedReason,
        _ => false,
    };
}
