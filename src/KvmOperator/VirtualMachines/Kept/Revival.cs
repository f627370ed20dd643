using KvmOperator.Hosts.Kept;

namespace KvmOperator.VirtualMachines.Kept;

/// <summary>From what a guest that is nowhere is made: one of a closed set.</summary>
internal abstract record Revival
{
    private Revival()
    {
    }

    /// <summary>From its spec: nothing is kept of it.</summary>
    public sealed record New : Revival;

    /// <summary>From its last definition.</summary>
    /// <param name="Definition">The definition.</param>
    /// <param name="HasTpmState">Whether a copy of its TPM's state goes with it.</param>
    public sealed record Again(KeptDefinition Definition, bool HasTpmState) : Revival;

    /// <summary>Its folder has the definition of a domain that was adopted for it: it is that one from now on.</summary>
    /// <param name="Definition">The definition.</param>
    public sealed record Known(KeptDefinition Definition) : Revival;

    /// <summary>A person has to do something first.</summary>
    /// <param name="Reason">The reason.</param>
    /// <param name="Message">What is the matter, and what to do.</param>
    public sealed record Refused(string Reason, string Message) : Revival;
}
