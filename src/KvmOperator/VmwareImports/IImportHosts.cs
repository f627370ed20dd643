using KvmOperator.Api.VmwareImports;
using KvmOperator.Connections;
using KvmOperator.Hosts.Ssh;

namespace KvmOperator.VmwareImports;

/// <summary>Finds where an import is carried out.</summary>
internal interface IImportHosts
{
    /// <summary>The place of an import, by what is known now; the host that its status names stays while it can be. Null when there is none, with the refusal.</summary>
    (ImportPlace? Place, ImportRefusal? Refusal) Find(VmwareImport import);

    /// <summary>A host on which the store of an import's disks can be used, whether or not it can read the source; null for none.</summary>
    ImportStore? FindStore(VmwareImport import);

    /// <summary>The shell of a host.</summary>
    /// <exception cref="MachineUnavailableException">There is no such host any more, or no credentials for it.</exception>
    Task<IHostShell> ShellAsync(string name, CancellationToken cancellationToken);
}
