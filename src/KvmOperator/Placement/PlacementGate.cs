using KvmOperator.Runtime.Api;

namespace KvmOperator.Placement;

/// <summary>
/// Lets one at a time choose a place, in memory and without waiting for anybody: what was chosen counts from that moment, and is written down afterwards. So two do not take
/// the same memory or the same slot, and none of them waits for the API server or a host while others want to choose.
/// </summary>
internal sealed class PlacementGate(TimeProvider clock)
{
    /// <summary>The store shows what was written when the write is answered. Whoever was cut off before gives nothing back.</summary>
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(30);

    private readonly Lock gate = new();
    private readonly Dictionary<EntityKey, (string Host, long Time)> guests = [];
    private readonly Dictionary<EntityKey, (AssumedMove Move, long Time)> moves = [];

    /// <summary>Chooses, and remembers what was chosen before anybody else chooses. The function asks memory only.</summary>
    public T Choose<T>(Func<T> choose)
    {
        lock (gate)
        {
            return choose();
        }
    }

    /// <summary>A guest has a place on a host, until that is written down (<see cref="Written"/>).</summary>
    public void Placed(EntityKey guest, string host)
    {
        lock (gate)
        {
            guests[guest] = (host, clock.GetTimestamp());
        }
    }

    /// <summary>A move has a slot, and its guest a place on the target, until that is written down (<see cref="Written"/>).</summary>
    public void Begun(EntityKey move, AssumedMove assumed)
    {
        lock (gate)
        {
            moves[move] = (assumed, clock.GetTimestamp());
        }
    }

    /// <summary>What was chosen for a guest or a move is in the store, or given up.</summary>
    public void Written(EntityKey key)
    {
        lock (gate)
        {
            guests.Remove(key);
            moves.Remove(key);
        }
    }

    /// <summary>The guests that were given a place on a host, or are moved there, and are not in the store yet.</summary>
    public IReadOnlyList<EntityKey> AssumedOn(string host)
    {
        lock (gate)
        {
            Expire();
            return guests.Count + moves.Count == 0
                ? []
                : [.. guests.Where(guest => guest.Value.Host == host).Select(guest => guest.Key).Concat(moves.Values.Where(move => move.Move.Target == host).Select(move => move.Move.Guest)).Distinct()];
        }
    }

    /// <summary>The moves that have a slot and are not in the store yet as such.</summary>
    public IReadOnlyDictionary<EntityKey, AssumedMove> AssumedMoves()
    {
        lock (gate)
        {
            Expire();
            return moves.ToDictionary(move => move.Key, move => move.Value.Move);
        }
    }

    private void Expire()
    {
        foreach (var guest in guests.Where(guest => clock.GetElapsedTime(guest.Value.Time) >= Longest).Select(guest => guest.Key).ToList())
        {
            guests.Remove(guest);
        }

        foreach (var move in moves.Where(move => clock.GetElapsedTime(move.Value.Time) >= Longest).Select(move => move.Key).ToList())
        {
            moves.Remove(move);
        }
    }
}
