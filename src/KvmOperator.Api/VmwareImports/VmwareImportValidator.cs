using KvmOperator.Api.Validation;

namespace KvmOperator.Api.VmwareImports;

/// <summary>Says everything that is wrong with a VmwareImport, so that nothing is done for one that cannot be.</summary>
public static class VmwareImportValidator
{
    private const long SmallestMemory = 64L << 20;
    private const long LargestMemory = 16L << 40;

    /// <summary>All errors, none for an import that can be tried.</summary>
    public static IReadOnlyList<SpecError> Validate(VmwareImport import)
    {
        var checks = new SpecChecks();
        var spec = import.Spec;
        Source(checks, spec.Source);
        Guest(checks, spec.VirtualMachine);
        checks.Reference("spec.storeRef", spec.StoreRef);
        checks.Member("spec.trim", spec.Trim);
        checks.Member("spec.engine", spec.Engine);
        checks.Member("spec.verify.method", spec.Verify.Method);
        checks.OptionalText("spec.verify.consoleText", spec.Verify.ConsoleText, Patterns.OneLine, 256, "one line of text");
        checks.Range("spec.verify.timeoutSeconds", spec.Verify.TimeoutSeconds, 10, 7200);
        if (spec.Verify.Method == VerificationMethod.ConsoleText && string.IsNullOrEmpty(spec.Verify.ConsoleText))
        {
            checks.Refuse("spec.verify.consoleText", "say which consoleText to wait for");
        }

        return checks.Errors;
    }

    private static void Source(SpecChecks checks, ImportSource source)
    {
        if ((source.HostRef is null) == (source.StoreRef is null))
        {
            checks.Refuse("spec.source", "name either hostRef or storeRef");
        }

        checks.OptionalReference("spec.source.hostRef", source.HostRef);
        checks.OptionalReference("spec.source.storeRef", source.StoreRef);
        checks.Text("spec.source.path", source.Path, Patterns.AnyPath, 1024, "an absolute path without control characters");
        if (source.Path?.Split('/').Contains("..", StringComparer.Ordinal) == true)
        {
            checks.Refuse("spec.source.path", "has a folder '..': write the path as it is");
        }
    }

    private static void Guest(SpecChecks checks, ImportedVirtualMachine guest)
    {
        const string Field = "spec.virtualMachine";
        checks.ObjectName($"{Field}.name", guest.Name, 63);
        if (guest.Vcpus is { } vcpus)
        {
            checks.Range($"{Field}.vcpus", vcpus, 1, 512);
        }

        checks.OptionalBytes($"{Field}.memory", guest.Memory, SmallestMemory, LargestMemory);
        if (guest.Network is not null && guest.Bridge is not null)
        {
            checks.Refuse(Field, "name either network or bridge");
        }

        checks.NetworkOrBridge(Field, guest.Network, guest.Bridge);
    }
}
