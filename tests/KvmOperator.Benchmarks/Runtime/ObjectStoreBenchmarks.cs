using System.Globalization;
using BenchmarkDotNet.Attributes;
using KvmOperator.Runtime.Api;
using KvmOperator.Runtime.Informers;

namespace KvmOperator.Benchmarks.Runtime;

/// <summary>Reads and writes of a store of 20,000 objects with one index.</summary>
[MemoryDiagnoser]
public class ObjectStoreBenchmarks
{
    private const int Objects = 20_000;
    private ObjectStore<Item> store = null!;
    private Item item = null!;
    private Item other = null!;
    private long version;

    /// <summary>Fills the store.</summary>
    [GlobalSetup]
    public void Setup()
    {
        store = new ObjectStore<Item>([new EntityIndex<Item>("group", entity => [entity.Spec.Group])]);
        for (var number = 0; number < Objects; number++)
        {
            item = Item.Create("default", number);
            item.Metadata.Uid = item.Metadata.Name;
            item.Metadata.ResourceVersion = (++version).ToString(CultureInfo.InvariantCulture);
            store.Put(item, out _);
        }

        other = item.Copy();
    }

    /// <summary>One object by key.</summary>
    [Benchmark]
    public Item? Get() => store.Get(new EntityKey("default", "item-777"));

    /// <summary>The 200 objects under one value of an index.</summary>
    [Benchmark]
    public int ListBy() => store.ListBy("group", "group-7").Count;

    /// <summary>A new version of an object, with its index.</summary>
    [Benchmark]
    public bool Put()
    {
        // Two that take turns: the store keeps the object itself, and must see a higher version each time.
        (item, other) = (other, item);
        item.Metadata.ResourceVersion = (++version).ToString(CultureInfo.InvariantCulture);
        return store.Put(item, out _);
    }

    /// <summary>A private copy, as each pass gets one.</summary>
    [Benchmark]
    public Item Copy() => item.Copy();
}
