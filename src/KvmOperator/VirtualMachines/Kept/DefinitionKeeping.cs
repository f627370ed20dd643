using System.Security.Cryptography;
using System.Text;
using KvmOperator.Api.NfsStores;
using KvmOperator.Api.VirtualMachines;
using KvmOperator.Hosts.Kept;
using KvmOperator.Hosts.Libvirt;
using KvmOperator.Hosts.Ssh;
using KvmOperator.Inventory.Guests;
using KvmOperator.Inventory.Observations;
using KvmOperator.Runtime.Api;
using KvmOperator.VirtualMachines.Disks;

namespace KvmOperator.VirtualMachines.Kept;

/// <summary>
/// Keeps the last definition of every guest, and with it the state of its TPM, in the guest's folder on the store of its first disk (docs/adr/0031). The host is asked for the definition when it was seen
/// to change, after a comparison, and every few minutes; the store is written to when it is another one.
/// </summary>
internal sealed class DefinitionKeeping(IDomains domains, IKeptGuests kept, GuestMemory memory, HostObservations observations)
{
    /// <summary>Keeps what a guest is, and says in its pass when that fails: the guest goes on without. Only a guest with a TPM is not started then, since an older state would pass for the latest later.</summary>
    /// <param name="pass">The pass.</param>
    /// <param name="host">Where the guest is defined.</param>
    /// <param name="stores">The stores of its disks, by name.</param>
    /// <param name="use">What it does.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task KeepAsync(GuestPass pass, IHostShell host, IReadOnlyDictionary<string, NfsStore> stores, TpmUse use, CancellationToken cancellationToken) =>
        pass.NotKept = await KeepAsync(pass.Machine, host, stores, use, cancellationToken);

    /// <summary>As the other.</summary>
    /// <returns>Why it was not kept; null when it is.</returns>
    public async Task<string?> KeepAsync(VirtualMachine machine, IHostShell host, IReadOnlyDictionary<string, NfsStore> stores, TpmUse use, CancellationToken cancellationToken)
    {
        var (identity, key) = (machine.Identity(), EntityKey.Of(machine));
        var store = stores[machine.Spec.Disks[0].StoreRef.Name];
        var folder = KeptFiles.Folder(GuestDisks.Folder(identity, store));
        var seen = observations.Find(host.Name);
        var subject = new KeptSubject(host.Name, seen?.Find(identity)?.Redefinitions ?? 0, use);
        if (memory.IsKept(key, subject))
        {
            return null;
        }

        if (use == TpmUse.Running && seen is not null && GuestStores.Silent(host.Name, [store], seen) is { } silent)
        {
            return silent;
        }

        var definition = KeptDefinition.Of(await domains.ReadDefinitionAsync(host, identity, cancellationToken));
        subject = subject with { Tpm = definition.HasTpm ? use : TpmUse.None };
        var content = Content(definition, folder, subject);
        if (subject.Tpm != TpmUse.Starting && memory.IsKept(key, content))
        {
            memory.Kept(key, subject, content);
            return null;
        }

        try
        {
            await kept.KeepAsync(host, folder, definition, subject.Tpm, cancellationToken);
        }
        catch (Exception failed) when (failed is HostRefusedException or DeadlineExceededException && subject.Tpm != TpmUse.Starting)
        {
            return failed is HostRefusedException { Summary.Length: > 0 } refused ? refused.Summary : failed.Message;
        }

        memory.Kept(key, subject, content);
        return null;
    }

    private static string Content(KeptDefinition definition, string folder, KeptSubject subject) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{folder} {subject.Host} {subject.Tpm} {definition.Xml}")));
}
