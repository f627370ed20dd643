using k8s.Models;
using KvmOperator.Runtime.Api;
using KvmOperator.Runtime.Informers;
using Xunit;

namespace KvmOperator.UnitTests.Runtime;

public sealed class ObjectStoreTests
{
    private readonly ObjectStore<V1ConfigMap> store = new([new EntityIndex<V1ConfigMap>("data", map => map.Data?.Keys ?? [])]);

    [Fact]
    public void An_older_or_equal_version_changes_nothing()
    {
        Assert.True(store.Put(Map("a", "10"), out _));

        Assert.False(store.Put(Map("a", "10"), out _));
        Assert.False(store.Put(Map("a", "9"), out _));
        Assert.True(store.Put(Map("a", "11"), out var before));
        Assert.Equal("10", before!.ResourceVersion());
    }

    [Fact]
    public void An_object_of_the_same_name_that_was_made_anew_counts_whatever_its_version()
    {
        store.Put(Map("a", "10", uid: "old"), out _);

        Assert.True(store.Put(Map("a", "5", uid: "new"), out _));

        Assert.Equal("new", store.Get(Key("a"))!.Uid());
    }

    [Fact]
    public void The_answer_to_an_own_write_does_not_bring_back_what_is_gone()
    {
        store.Put(Map("a", "10"), out _);
        store.Remove(Key("a"));

        store.PutOwnWrite(Map("a", "11"));

        Assert.Null(store.Get(Key("a")));
    }

    [Fact]
    public void The_answer_to_an_own_write_is_seen_before_the_watch_tells_it_and_is_then_no_news()
    {
        store.Put(Map("a", "10"), out _);

        store.PutOwnWrite(Map("a", "11"));

        Assert.Equal("11", store.Get(Key("a"))!.ResourceVersion());
        Assert.False(store.Put(Map("a", "11"), out _));
    }

    [Fact]
    public void What_others_changed_just_before_an_own_write_is_told_and_own_changes_are_not()
    {
        var told = new List<string>();
        store.ChangedByOthers += (before, now) => told.Add($"{before.ResourceVersion()} {now.ResourceVersion()}");
        store.Put(Map("a", "10"), out _);

        store.PutOwnWrite(With(Map("a", "11"), metadata => metadata.Finalizers = ["ours"]), "ours");
        Assert.Empty(told);

        store.PutOwnWrite(With(Map("a", "12"), metadata => metadata.Finalizers = ["ours", "theirs"]), "ours");
        store.PutOwnWrite(With(Map("a", "13"), metadata => metadata.Generation = 2), "ours");
        store.PutOwnWrite(With(Map("a", "14"), metadata => metadata.Labels = new Dictionary<string, string> { ["a"] = "b" }), "ours");
        store.PutOwnWrite(With(Map("a", "15"), metadata => metadata.DeletionTimestamp = DateTime.UnixEpoch), "ours");
        Assert.Equal(["11 12", "12 13", "13 14", "14 15"], told);
    }

    [Fact]
    public void Indexes_follow_changes_and_deletions()
    {
        store.Put(Map("a", "1", "uid", "x", "y"), out _);
        store.Put(Map("b", "2", "uid", "y"), out _);
        Assert.Equal(["a", "b"], Under("y"));

        store.Put(Map("a", "3", "uid", "x"), out _);
        Assert.Equal(["b"], Under("y"));
        store.Remove(Key("b"));
        Assert.Empty(Under("y"));
        Assert.Equal(["a"], Under("x"));
        Assert.Throws<ArgumentException>(() => store.ListBy("unknown", "x"));
    }

    [Fact]
    public void Missing_from_a_list_is_what_it_does_not_hold_except_writes_that_are_newer()
    {
        store.Put(Map("listed", "1"), out _);
        store.Put(Map("gone", "2"), out _);
        store.Put(Map("newer", "9"), out _);

        Assert.Equal([Key("gone")], store.MissingFrom(new HashSet<EntityKey> { Key("listed") }, 5));
    }

    [Fact]
    public void After_the_history_went_back_lower_versions_count()
    {
        store.Put(Map("a", "100"), out _);

        store.ForgetVersions();

        Assert.True(store.Put(Map("a", "7"), out _));
    }

    [Fact]
    public void Passes_that_hold_an_object_while_the_history_goes_back_keep_the_guard_of_their_writes()
    {
        store.Put(Map("a", "100"), out _);
        var shared = store.Get(Key("a"))!;

        store.ForgetVersions();

        Assert.Equal("100", shared.ResourceVersion());
    }

    [Fact]
    public void Lists_are_the_same_as_long_as_nothing_changed_and_never_change_themselves()
    {
        store.Put(Map("a", "1", "uid", "x"), out _);
        store.Put(Map("b", "2", "uid", "y"), out _);
        var (all, x, y) = (store.List(), store.ListBy("data", "x"), store.ListBy("data", "y"));

        Assert.Same(all, store.List());
        Assert.Same(x, store.ListBy("data", "x"));
        store.Put(Map("b", "3", "uid", "y"), out _);
        store.Remove(Key("a"));

        Assert.Equal(["a 1", "b 2"], all.Select(map => $"{map.Name()} {map.ResourceVersion()}").Order(StringComparer.Ordinal));
        Assert.Equal("a", Assert.Single(x).Name());
        Assert.Equal("2", Assert.Single(y).ResourceVersion());
        Assert.Equal("3", Assert.Single(store.List()).ResourceVersion());
        Assert.Equal("3", Assert.Single(store.ListBy("data", "y")).ResourceVersion());
        Assert.Empty(store.ListBy("data", "x"));
    }

    private static EntityKey Key(string name) => new("here", name);

    private static V1ConfigMap Map(string name, string version, string uid = "uid", params string[] data) => new()
    {
        Metadata = new V1ObjectMeta { Name = name, NamespaceProperty = "here", ResourceVersion = version, Uid = uid },
        Data = data.ToDictionary(key => key, _ => string.Empty, StringComparer.Ordinal),
    };

    private static V1ConfigMap With(V1ConfigMap map, Action<V1ObjectMeta> change)
    {
        change(map.Metadata);
        return map;
    }

    private IEnumerable<string> Under(string value) => store.ListBy("data", value).Select(map => map.Name()).Order(StringComparer.Ordinal);
}
