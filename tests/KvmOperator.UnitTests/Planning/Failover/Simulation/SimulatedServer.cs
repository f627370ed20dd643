namespace KvmOperator.UnitTests.Planning.Failover.Simulation;

/// <summary>
/// A storage server as §1 of the attacks needs it: files of exports that last, a kernel table that a late answer of mountd may change, marks, a lock, and clients with requests that are on their way into a file.
/// </summary>
internal sealed class SimulatedServer(string name)
{
    public string Name { get; } = name;

    public bool IsAlive { get; set; } = true;

    public bool HasManagement { get; set; } = true;

    public int Boot { get; set; } = 1;

    public long StalledUntil { get; set; }

    /// <summary>What a restart of the server exports.</summary>
    public HashSet<string> Files { get; set; } = [];

    /// <summary>What the kernel lets in.</summary>
    public HashSet<string> Kernel { get; set; } = [];

    /// <summary>Which hosts are fenced, and for which failure.</summary>
    public Dictionary<string, string> Marks { get; } = new(StringComparer.Ordinal);

    /// <summary>For each host the last failure whose fence was taken away.</summary>
    public Dictionary<string, string> Ended { get; } = new(StringComparer.Ordinal);

    /// <summary>The clients that were ended since its start, by host and failure.</summary>
    public Dictionary<(string Host, string Failover), List<string>> Expired { get; } = [];

    public long Epoch { get; set; }

    /// <summary>Who changes exports at this moment; null for nobody.</summary>
    public object? LockedBy { get; set; }

    public Dictionary<string, Client> Clients { get; } = new(StringComparer.Ordinal);

    /// <summary>Why a host cannot be fenced there; null when it can.</summary>
    public string? Refusal { get; set; }

    /// <summary>Whether requests of an earlier boot of a host are under way still: the kernel lets the next client of that host wait for their end (nfsd4_create_session, NFS4ERR_DELAY).</summary>
    public bool IsBusyWithAnEarlierBootOf(SimulatedHost host) => Clients.TryGetValue(host.Name, out var client) && client.HostBoot != host.Boot && client.InFlight > 0;

    public string BootId => $"{Name}-boot{Boot}";

    /// <summary>An NFS client.</summary>
    /// <param name="id">Its number there.</param>
    /// <param name="boot">The boot of the host that it is of.</param>
    internal sealed class Client(string id, int boot)
    {
        public string Id { get; } = id;

        public int HostBoot { get; } = boot;

        public int InFlight { get; set; }

        public long RenewedAt { get; set; }
    }
}
