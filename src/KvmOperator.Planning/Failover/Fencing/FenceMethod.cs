namespace KvmOperator.Planning.Failover.Fencing;

/// <summary>By what it is proven that a host cannot write to a guest's disks any more. All that can be tried begin together; the proof is a matter of each guest.</summary>
public enum FenceMethod
{
    /// <summary>Its management controller switched it off and says so still. Proves it for disks on servers that cannot be asked, for as long as nobody hears the machine.</summary>
    PowerOff,

    /// <summary>A storage server does not let it in any more, has ended what it had there, and showed both. Proves it for the disks on that server.</summary>
    Storage,

    /// <summary>The host answers, runs nothing of the operator's, and has its stores unmounted, in its present boot. Proves it for all guests that were there.</summary>
    Stop,

    /// <summary>A person said, for this failure by its id, that the machine is off. Proves it as <see cref="PowerOff"/> does.</summary>
    Manual,
}
