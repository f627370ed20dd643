namespace KvmOperator.Runtime.Events;

/// <summary>A dictionary that forgets what was not used for longest. Not safe for threads.</summary>
internal sealed class RecentlyUsed<TKey, TValue>(int capacity)
    where TKey : notnull
{
    private readonly Dictionary<TKey, LinkedListNode<KeyValuePair<TKey, TValue>>> nodes = [];
    private readonly LinkedList<KeyValuePair<TKey, TValue>> order = new();

    public int Count => nodes.Count;

    public TValue GetOrAdd(TKey key, Func<TValue> create)
    {
        if (nodes.TryGetValue(key, out var node))
        {
            order.Remove(node);
            order.AddFirst(node);
            return node.Value.Value;
        }

        if (nodes.Count == capacity)
        {
            nodes.Remove(order.Last!.Value.Key);
            order.RemoveLast();
        }

        node = order.AddFirst(new KeyValuePair<TKey, TValue>(key, create()));
        nodes.Add(key, node);
        return node.Value.Value;
    }
}
