using System.Text.Json;
using k8s.Models;
using KvmOperator.Runtime.Api;
using Xunit;

namespace KvmOperator.UnitTests.Runtime;

public sealed class EntityDecodingTests
{
    [Fact]
    public void An_object_has_its_kind_and_nobody_keeps_who_wrote_which_field()
    {
        using var item = JsonDocument.Parse("""{"metadata":{"name":"a","managedFields":[{"manager":"kubectl"}]}}""");

        var map = EntityDecoding.Decode<V1ConfigMap>(item.RootElement);

        Assert.Equal(("a", "ConfigMap", "v1"), (map.Name(), map.Kind, map.ApiVersion));
        Assert.Null(map.Metadata.ManagedFields);
    }

    [Fact]
    public void Nothing_is_no_object()
    {
        using var item = JsonDocument.Parse("null");

        Assert.Throws<JsonException>(() => EntityDecoding.Decode<V1ConfigMap>(item.RootElement));
    }
}
