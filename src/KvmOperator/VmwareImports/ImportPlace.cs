using KvmOperator.Api.NfsStores;
using KvmOperator.Hosts.Vmware;

namespace KvmOperator.VmwareImports;

/// <summary>Where an import is carried out.</summary>
/// <param name="Host">The KvmHost that reads the source and converts the disks.</param>
/// <param name="Scope">Where the source is there, and within which bounds.</param>
/// <param name="Store">The store that takes the disks.</param>
internal sealed record ImportPlace(string Host, SourceScope Scope, NfsStore Store)
{
    /// <summary>The folder of a guest in the store.</summary>
    public string Folder(string guestFolder) => new ImportStore(Host, Store.Spec.MountPath).Folder(guestFolder);
}
