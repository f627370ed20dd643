using KvmOperator.Api.Validation;

namespace KvmOperator.Api.NfsStores;

/// <summary>Says everything that is wrong with an NfsStore, so that nothing is done for one that cannot be.</summary>
public static class NfsStoreValidator
{
    /// <summary>Whether a text is a path as spec.mountPath takes it.</summary>
    public static bool IsPath(string text) => SpecChecks.Matches(text, Patterns.PlainPath) && !SpecChecks.Matches(text, Patterns.SystemFolder);

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
        if (spec.MountPath is not null && SpecChecks.Matches(spec.MountPath, Patterns.SystemFolder))
        {
            checks.Refuse("spec.mountPath", $"'{SpecChecks.Printable(spec.MountPath)}' belongs to the system: mount elsewhere, as /var/lib/libvirt/images");
        }

        if (spec.Server.Ssh is not null && spec.ExportPath is not null && SpecChecks.Matches(spec.ExportPath, Patterns.SystemFolder))
        {
            checks.Refuse("spec.exportPath", $"'{SpecChecks.Printable(spec.ExportPath)}' belongs to the system: export a folder elsewhere, as /srv/images");
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
            else if (option is "fsid=0" or "fsid=root")
            {
                checks.Refuse($"spec.exportOptions[{index}]", $"'{option}' makes the folder the root of everything that the server exports by NFS 4, and hosts do not find it by its path: leave it out");
            }
        }

        if (spec.ExportOptions is { Count: > 0 } given && !(given.Contains("rw", StringComparer.Ordinal) && given.Contains("no_root_squash", StringComparer.Ordinal)))
        {
            checks.Refuse("spec.exportOptions", "say rw and no_root_squash too, or leave the options out: without them guests cannot write their disks");
        }

        foreach (var (index, option) in (spec.MountOptions ?? []).Index())
        {
            if (option is null)
            {
                continue;
            }

            if (option is "ro" or "nolock" or "soft" or "softerr" or "softreval" || option.StartsWith("local_lock=", StringComparison.Ordinal))
            {
                checks.Refuse($"spec.mountOptions[{index}]", $"'{option}' endangers guests: disks have to be writable, locked across hosts, and never half written");
            }
            else if (SpecChecks.Matches(option, Patterns.VersionOption))
            {
                checks.Refuse($"spec.mountOptions[{index}]", "the version stands in spec.nfsVersion: leave it out here");
            }
        }
    }
}
