using k8s.Models;
using KvmOperator.Api.KvmHosts;
using KvmOperator.Api.NfsStores;
using KvmOperator.Api.VirtualMachines;
using KvmOperator.Inventory;
using KvmOperator.Runtime.Api;
using KvmOperator.Runtime.Controllers;
using KvmOperator.Runtime.Informers;

namespace KvmOperator.Failover;

/// <summary>Has those looked after now whom a failure concerns, instead of at their next turn.</summary>
internal sealed class FailoverWakes(IEntityQueue<KvmHost> hosts, IEntityQueue<NfsStore> stores, IEntityQueue<VirtualMachine> guests, IEntityStore<VirtualMachine> known)
{
    /// <summary>A guest.</summary>
    public void Guest(EntityKey guest) => guests.Enqueue(guest);

    /// <summary>A host.</summary>
    public void Host(string host) => hosts.Enqueue(new EntityKey(null, host));

    /// <summary>The stores of a pool: who may mount them is another than before.</summary>
    public void Stores(FailoverPool pool)
    {
        foreach (var store in pool.Servers.SelectMany(server => server.Stores))
        {
            stores.Enqueue(EntityKey.Of(store));
        }
    }

    /// <summary>Everybody whom another state of a host's failure concerns: the host, its guests, its peers, and the stores.</summary>
    public void Pool(FailoverPool pool, string host)
    {
        Host(host);
        foreach (var guest in known.ListBy(GuestIndexes.ByHost, host))
        {
            Guest(EntityKey.Of(guest));
        }

        foreach (var peer in pool.Hosts.Where(peer => peer.Name() != host))
        {
            hosts.EnqueueInBackground(EntityKey.Of(peer));
        }

        Stores(pool);
    }
}
