using KvmOperator.Api.Validation;

namespace KvmOperator.Api.KvmHosts;

/// <summary>Says everything that is wrong with a KvmHost, so that nothing is done for one that cannot be.</summary>
public static class KvmHostValidator
{
    private const long LargestReserve = 1L << 44;

    /// <summary>All errors, none for a host that can be worked on.</summary>
    public static IReadOnlyList<SpecError> Validate(KvmHost host)
    {
        var checks = new SpecChecks();
        var spec = host.Spec;
        checks.Label("metadata.name", host.Metadata.Name);
        checks.IpAddress("spec.address", spec.Address);
        checks.OptionalIpAddress("spec.migrationAddress", spec.MigrationAddress);
        checks.Ssh("spec.ssh", spec.Ssh);
        checks.Member("spec.mode", spec.Mode);
        checks.Member("spec.preparation.firewall", spec.Preparation.Firewall);
        checks.Member("spec.preparation.selinux", spec.Preparation.Selinux);
        checks.Member("spec.preparation.hostname", spec.Preparation.Hostname);
        checks.Member("spec.preparation.timeService", spec.Preparation.TimeService);
        checks.Member("spec.preparation.packages", spec.Preparation.Packages);
        checks.Texts("spec.preparation.timeServers", spec.Preparation.TimeServers, 8, Patterns.Address, 253, "an IP address or a DNS name");
        if (spec.Preparation is { TimeService: TimeServicePolicy.Unmanaged, TimeServers.Count: > 0 })
        {
            checks.Refuse("spec.preparation.timeServers", "time servers are set where timeService is Managed: leave them out, or let it be Managed");
        }

        ImportFolders(checks, spec.ImportFolders);
        checks.Range("spec.capacity.cpuOvercommitPercent", spec.Capacity.CpuOvercommitPercent, 100, 3200);
        checks.OptionalBytes("spec.capacity.memoryReserved", spec.Capacity.MemoryReserved, 0, LargestReserve);
        checks.Label("spec.pool", spec.Pool);
        if (spec.Fencing is { } fencing)
        {
            Fencing(checks, fencing);
        }

        return checks.Errors;
    }

    /// <summary>Whether a text is an address as spec.address takes it.</summary>
    public static bool IsAddress(string text) => SpecChecks.Matches(text, Patterns.IpAddress);

    private static void ImportFolders(SpecChecks checks, IReadOnlyList<string> folders)
    {
        checks.Texts("spec.importFolders", folders, 16, Patterns.AnyPath, 1024, "an absolute path without control characters");
        foreach (var (index, folder) in folders.Take(16).Index())
        {
            var field = $"spec.importFolders[{index}]";
            if (folder is null || !SpecChecks.Matches(folder, Patterns.AnyPath))
            {
                continue;
            }

            if (folder.Split('/').Skip(1).Any(part => part is "" or "." or ".."))
            {
                checks.Refuse(field, "has a folder '..', '.' or one without a name: write the path as it is");
            }
            else if (SpecChecks.Matches(folder, Patterns.SystemFolder))
            {
                checks.Refuse(field, $"'{SpecChecks.Printable(folder)}' belongs to the system: put the machines elsewhere, as /srv/import");
            }
        }
    }

    private static void Fencing(SpecChecks checks, HostFencing fencing)
    {
        const string Field = "spec.fencing";
        checks.Text($"{Field}.agent", fencing.Agent, Patterns.FenceAgent, 63, "the name of a fence agent, like fence_ipmilan");
        checks.Count($"{Field}.parameters", fencing.Parameters.Count, 0, 32);
        foreach (var (name, value) in fencing.Parameters.OrderBy(parameter => parameter.Key, StringComparer.Ordinal).Take(32))
        {
            var field = $"{Field}.parameters[{SpecChecks.Printable(name)}]";
            checks.Text(field, name, FenceParameters.Name, 63, "a parameter of the agent's manual page: small letters, digits and _");
            checks.OptionalText(field, value ?? "", Patterns.OneLine, 256, "one line of text");
            if (FenceParameters.IsSecret(name))
            {
                checks.Refuse(field, "is a secret: put it into the Secret that credentialsSecretRef names");
            }
            else if (FenceParameters.IsOurs(name))
            {
                checks.Refuse(field, "is decided by the operator: leave it out");
            }
        }

        checks.OptionalReference($"{Field}.credentialsSecretRef", fencing.CredentialsSecretRef);
    }
}
