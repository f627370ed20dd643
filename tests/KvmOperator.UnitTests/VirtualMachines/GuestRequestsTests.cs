using CsCheck;
using k8s.Models;
using KvmOperator.Api;
using KvmOperator.Api.VirtualMachines;
using KvmOperator.Planning.Lifecycle;
using KvmOperator.VirtualMachines;
using Xunit;

namespace KvmOperator.UnitTests.VirtualMachines;

/// <summary>What a person asks for by annotation is done once, and never because Git applies an old value.</summary>
public sealed class GuestRequestsTests
{
    private static readonly DateTime Created = new(2026, 1, 2, 3, 0, 0, DateTimeKind.Utc);
    private static readonly DateTime Started = Created.AddMinutes(10);
    private static readonly DateTime Now = Created.AddMinutes(30);

    [Fact]
    public void A_restart_is_wanted_once_for_each_value()
    {
        var guest = Guest("restart@2026-01-02T03:20:00Z");
        Assert.Equal((null, new RequestedRestart(HasBegun: false), null), GuestRequests.Read(guest, Now));

        var begun = GuestRequests.Begun(guest, Now);
        guest.Status = guest.Status! with { LastRequest = begun };
        Assert.Equal((begun, new RequestedRestart(HasBegun: true), null), GuestRequests.Read(guest, Now));

        // What was begun is ended, even if the annotation was taken off.
        guest.Metadata.Annotations.Clear();
        var (last, wish, _) = GuestRequests.Read(guest, Now);
        var done = GuestRequests.After(guest, last, wish, new GuestStep.Run("node1"), Now);
        Assert.Equal(GuestRequestPhase.Done, done!.Phase);
        Assert.Equal("restart@2026-01-02T03:20:00Z", done.Request);

        guest.Metadata.Annotations[Annotations.Request] = "restart@2026-01-02T03:20:00Z";
        guest.Status = guest.Status with { LastRequest = done };
        Assert.Equal((done, null, null), GuestRequests.Read(guest, Now.AddDays(1)));
    }

    [Theory]
    [InlineData("restart@2026-01-02T02:59:59Z", GuestRequestPhase.Refused, "older than this object")]
    [InlineData("restart@2026-01-02T03:05:00Z", GuestRequestPhase.Done, "after that time")]
    [InlineData("restart@2026-01-02T11:09:00+08:00", GuestRequestPhase.Done, "after that time")]
    [InlineData("restart", GuestRequestPhase.Refused, "say restart@TIME")]
    [InlineData("restart@", GuestRequestPhase.Refused, "say restart@TIME")]
    [InlineData("restart@soon", GuestRequestPhase.Refused, "say restart@TIME")]
    [InlineData("Restart@2026-01-02T03:20:00Z", GuestRequestPhase.Refused, "say restart@TIME")]
    [InlineData("destroy@2026-01-02T03:20:00Z", GuestRequestPhase.Refused, "say restart@TIME")]
    public void An_old_time_and_what_is_no_request_restart_nothing_and_say_so(string value, GuestRequestPhase phase, string message)
    {
        var (last, wish, wait) = GuestRequests.Read(Guest(value), Now);

        Assert.Equal((value, phase, null, null), (last!.Request, last.Phase, wish, wait));
        Assert.Contains(message, last.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_time_to_come_is_waited_for()
    {
        var guest = Guest("restart@2026-01-02T04:00:00Z");
        Assert.Equal((null, null, TimeSpan.FromMinutes(30)), GuestRequests.Read(guest, Now));
        Assert.Equal((null, new RequestedRestart(HasBegun: false), null), GuestRequests.Read(guest, Now.AddMinutes(30)));
    }

    [Fact]
    public void A_guest_that_is_off_is_not_restarted_and_that_is_said()
    {
        var guest = Guest("restart@2026-01-02T03:20:00Z");
        var (last, wish, _) = GuestRequests.Read(guest, Now);
        var refused = GuestRequests.After(guest, last, wish, new GuestStep.Rest("node1", EndedInOrder: false), Now);
        Assert.Equal(GuestRequestPhase.Refused, refused!.Phase);

        guest.Status = guest.Status! with { LastRequest = refused };
        Assert.Null(GuestRequests.Read(guest, Now).Wish);
    }

    [Fact]
    public void Any_value_is_read_and_what_is_shown_of_it_stays_short() => Gen.String.Sample(value =>
    {
        var (last, wish, _) = GuestRequests.Read(Guest(value), Now);
        Assert.Null(wish);
        Assert.InRange(last?.Request.Length ?? 0, 0, 100);
    });

    private static VirtualMachine Guest(string value) => new()
    {
        Metadata = new V1ObjectMeta
        {
            Name = "xx",
            NamespaceProperty = "default",
            CreationTimestamp = Created,
            Annotations = new Dictionary<string, string>(StringComparer.Ordinal) { [Annotations.Request] = value },
        },
        Spec = Given.Spec(),
        Status = new VirtualMachineStatus { StartTime = Started },
    };
}
