namespace KvmOperator.Api.VmwareImports;

/// <summary>Reasons of a VmwareImport's conditions and events, besides <see cref="CommonReasons"/>.</summary>
public static class VmwareImportReasons
{
    /// <summary>Something prevents the import; nothing was touched.</summary>
    public const string CriticalConcerns = "CriticalConcerns";

    /// <summary>The VMware machine still runs, or its files are locked.</summary>
    public const string SourceInUse = "SourceInUse";

    /// <summary>There is already a VirtualMachine of that name which is not this import's.</summary>
    public const string NameTaken = "NameTaken";

    /// <summary>The guest was made and verified.</summary>
    public const string Imported = "Imported";

    /// <summary>The guest did not show in time that it works.</summary>
    public const string NotVerified = "NotVerified";
}
