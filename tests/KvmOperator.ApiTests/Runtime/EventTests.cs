using k8s;
using k8s.Models;
using KvmOperator.ApiTests.Cluster;
using KvmOperator.Runtime.Events;
using Xunit;

namespace KvmOperator.ApiTests.Runtime;

/// <summary>What people read in <c>kubectl events</c>.</summary>
public sealed class EventTests(ClusterFixture cluster) : WidgetTests(cluster)
{
    [Fact]
    public async Task An_event_about_an_object_without_a_namespace_is_written_wherever_the_server_wants_it()
    {
        var name = $"machine-{Guid.NewGuid():N}";
        await using var sample = await SampleOperator.StartAsync(ThroughProxy, Namespace, Token);
        var events = sample.Service<IEventRecorder>();

        events.Publish(new V1ObjectReference { ApiVersion = "v1", Kind = "Node", Name = name }, "Seen", "the machine was seen");
        events.Publish(new V1ObjectReference { ApiVersion = "v1", Kind = "Node", Name = name }, "Gone", "the machine is gone");

        await EventuallyAsync(
            async () => (await Cluster.Client.EventsV1.ListEventForAllNamespacesAsync(cancellationToken: Token)).Items.Count(item => item.Regarding.Name == name) == 2,
            "both events");
    }
}
