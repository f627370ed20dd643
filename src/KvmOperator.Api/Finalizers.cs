namespace KvmOperator.Api;

/// <summary>The finalizers that the operator puts on its objects.</summary>
public static class Finalizers
{
    /// <summary>On a KvmHost: what the operator added to the machine and its peers is removed first.</summary>
    public const string Host = ApiGroup.Name + "/host";

    /// <summary>On an NfsStore: mounts and export are removed first.</summary>
    public const string Store = ApiGroup.Name + "/store";

    /// <summary>On a VirtualMachine: the domain is removed first.</summary>
    public const string VirtualMachine = ApiGroup.Name + "/virtual-machine";

    /// <summary>On a VmMigration: a running move is cancelled first.</summary>
    public const string Migration = ApiGroup.Name + "/migration";

    /// <summary>On a VmwareImport: a running conversion is ended and its unfinished files are removed first.</summary>
    public const string Import = ApiGroup.Name + "/import";
}
