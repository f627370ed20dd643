using KvmOperator.Api.VirtualMachines;
using KvmOperator.Hosts.Jobs;

namespace KvmOperator.VirtualMachines.Disks;

/// <summary>Where the making of a guest's disks stands.</summary>
internal abstract record DiskCreationResult
{
    private DiskCreationResult()
    {
    }

    /// <summary>Those that are there by now.</summary>
    public IReadOnlyList<VirtualMachineDiskStatus> Made { get; init; } = [];

    /// <summary>All are there.</summary>
    public sealed record Ready(IReadOnlyList<VirtualMachineDiskStatus> Disks) : DiskCreationResult
    {
        /// <summary>The job that has just made some of them, and is to be forgotten; null for none.</summary>
        public JobName? Ended { get; init; }

        /// <summary>Whether what cloud-init reads was made with them, from what the spec says now.</summary>
        public bool HasMadeCloudInit { get; init; }
    }

    /// <summary>One is being made.</summary>
    public sealed record Running(string Message) : DiskCreationResult;

    /// <summary>Something has to be there first.</summary>
    public sealed record Waiting(string Message) : DiskCreationResult;

    /// <summary>One cannot be made; it is tried again.</summary>
    public sealed record Failed(string Message) : DiskCreationResult;
}
