using KvmOperator.Api.Validation;

namespace KvmOperator.Api.NfsStores;

/// <summary>Says everything that is wrong with an NfsStore, so that nothing is done for one that cannot be.</summary>
public static class NfsStoreValidator
{
    /// <summary>Folders whose replacement by a mount would stop a machine.</summary>
    private static readonly string[] SystemFolders =
        ["/bin", "/boot", "/dev", "/etc", "/home", "/lib", "/lib64", "/proc", "/root", "/run", "/sbin", "/sys", "/tmp", "/usr", "/var"];

    /// <summary>All errors, none for a store that can be worked on.</summary>
    public static IReadOnlyList<SpecError> Validate(NfsStore store)
    {
        var checks = new SpecChecks();
        var spec = store.Spec;
        checks.Label("metadata.name", store.Metadata.Name);
        checks.Address("spec.server.address", spec.Server.Address);
        if (spec.Server.Ssh is { } ssh)
        {
            checks.Ssh("spec.server.ssh", ssh);
        }

        checks.PlainPath("spec.exportPath", spec.ExportPath);
        checks.PlainPath("spec.mountPath", spec.MountPath);
        checks.Texts("spec.exportOptions", spec.ExportOptions, 16, Patterns.Option, 64, "an option of exports(5)");
        checks.Texts("spec.mountOptions", spec.MountOptions, 16, Patterns.Option, 64, "an option of nfs(5)");
        checks.Text("spec.nfsVersion", spec.NfsVersion, Patterns.NfsVersion, 3, "a version of NFS: 3, 4, 4.0, 4.1 or 4.2");
        checks.Label("spec.pool", spec.Pool);
        Folders(checks, spec);
        Options(checks, spec);
        return checks.Errors;
    }

    private static void Folders(SpecChecks checks, NfsStoreSpec spec)
    {
        if (SystemFolders.Contains(spec.MountPath, StringComparer.Ordinal))
        {
            checks.Refuse("spec.mountPath", $"'{spec.MountPath}' belongs to the system: mount below it, as /var/lib/libvirt/images");
        }

        if (spec.Server.Ssh is not null && SystemFolders.Contains(spec.ExportPath, StringComparer.Ordinal))
        {
            checks.Refuse("spec.exportPath", $"'{spec.ExportPath}' belongs to the system: export a folder below it");
        }
    }

    private static void Options(SpecChecks checks, NfsStoreSpec spec)
    {
        foreach (var (index, option) in (spec.ExportOptions ?? []).Index())
        {
            if (option is "ro" or "async" or "root_squash" or "all_squash")
            {
                checks.Refuse($"spec.exportOptions[{index}]", $"'{option}' cannot hold running guests: their disks need rw, sync and no_root_squash");
            }
        }

        foreach (var (index, option) in (spec.MountOptions ?? []).Index())
        {
            if (option is null)
            {
                continue;
            }

            if (option is "ro" or "nolock" or "soft" || option.StartsWith("local_lock=", StringComparison.Ordinal))
            {
                checks.Refuse($"spec.mountOptions[{index}]", $"'{option}' endangers guests: disks have to be writable, locked across hosts, and never half written");
            }
            else if (option.StartsWith("vers=", StringComparison.Ordinal) || option.StartsWith("nfsvers=", StringComparison.Ordinal))
            {
                checks.Refuse($"spec.mountOptions[{index}]", "the version stands in spec.nfsVersion: leave it out here");
            }
        }
    }
}
