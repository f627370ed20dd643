namespace KvmOperator.Hosts.Steps;

/// <summary>The packages of one purpose, by family of distributions.</summary>
/// <param name="Purpose">What they are for, one lower-case word; names the job that installs them.</param>
/// <param name="Apt">Their names on Debian and Ubuntu.</param>
/// <param name="Dnf">Their names on RHEL, its rebuilds and Fedora.</param>
internal sealed record PackageSet(string Purpose, IReadOnlyList<string> Apt, IReadOnlyList<string> Dnf)
{
    /// <summary>What a person can ask for who wants to keep the packages that stand against these, as the end of a sentence; null when there is nothing.</summary>
    public string? Instead { get; init; }
}
