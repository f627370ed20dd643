namespace KvmOperator.VmwareImports;

/// <summary>What is made of what was seen of an imported guest: one of a closed set.</summary>
internal enum VerificationOutcome
{
    /// <summary>It works.</summary>
    Verified,

    /// <summary>Nothing shows that it works, and there is time left.</summary>
    Waiting,

    /// <summary>It runs, and the time is up: a person has to look.</summary>
    Unproven,

    /// <summary>It does not run, and the time is up.</summary>
    Failed,
}
