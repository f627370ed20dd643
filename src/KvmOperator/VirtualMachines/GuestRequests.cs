using System.Globalization;
using k8s.Models;
using KvmOperator.Api;
using KvmOperator.Api.VirtualMachines;
using KvmOperator.Planning.Lifecycle;

namespace KvmOperator.VirtualMachines;

/// <summary>Reads what a person asks for by the annotation <see cref="Annotations.Request"/>, and says what became of it. Pure.</summary>
internal static class GuestRequests
{
    private const string Restart = "restart";

    /// <summary>The longest value that is repeated in a status.</summary>
    private const int Longest = 100;

    /// <summary>What is to be done now.</summary>
    /// <param name="machine">The guest.</param>
    /// <param name="now">The time.</param>
    /// <returns>The request as it stands, whether the guest is to be restarted, and how long a request waits for its time; nulls for nothing.</returns>
    public static (GuestRequest? Last, RequestedRestart? Wish, TimeSpan? Wait) Read(VirtualMachine machine, DateTime now)
    {
        var last = machine.Status?.LastRequest;
        if (last is { Phase: GuestRequestPhase.InProgress })
        {
            // What was begun is brought to its end, whatever is asked for meanwhile.
            return (last, new RequestedRestart(HasBegun: true), null);
        }

        if (machine.GetAnnotation(Annotations.Request) is not { Length: > 0 } value || Shown(value) == last?.Request)
        {
            return (last, null, null);
        }

        if (value.Split('@', 2) is not [Restart, var text] || !DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var parsed))
        {
            return (new GuestRequest { Request = Shown(value), Phase = GuestRequestPhase.Refused, Message = $"it is no request: say {Restart}@TIME, as {Restart}@{now:yyyy-MM-ddTHH:mm:ssZ}", Since = now }, null, null);
        }

        var time = parsed.UtcDateTime;
        if (time < machine.Metadata.CreationTimestamp)
        {
            return (Ended(value, GuestRequestPhase.Refused, "it is older than this object: nothing is done. Ask again with the present time", now), null, null);
        }

        if (machine.Status?.StartTime is { } started && time < started)
        {
            return (Ended(value, GuestRequestPhase.Done, $"it was started at {started:yyyy-MM-ddTHH:mm:ssZ}, after that time", now), null, null);
        }

        return time > now ? (last, null, time - now) : (last, new RequestedRestart(HasBegun: false), null);
    }

    /// <summary>That it was begun.</summary>
    public static GuestRequest Begun(VirtualMachine machine, DateTime now) => Ended(machine.GetAnnotation(Annotations.Request)!, GuestRequestPhase.InProgress, "it is being shut down, and is started again then", now);

    /// <summary>The request after a step was chosen: a guest that runs and was begun with has been restarted, and one that rests is not.</summary>
    /// <param name="machine">The guest.</param>
    /// <param name="last">The request as it stands.</param>
    /// <param name="wish">What was wanted.</param>
    /// <param name="next">The step.</param>
    /// <param name="now">The time.</param>
    public static GuestRequest? After(VirtualMachine machine, GuestRequest? last, RequestedRestart? wish, GuestStep next, DateTime now) => (wish, next) switch
    {
        ({ HasBegun: true }, GuestStep.Run) => last! with { Phase = GuestRequestPhase.Done, Message = "it was restarted", Since = now },
        ({ HasBegun: true }, GuestStep.Rest) => last! with { Phase = GuestRequestPhase.Refused, Message = "spec.runStrategy has it off meanwhile", Since = now },
        ({ HasBegun: false }, GuestStep.Rest) => Ended(machine.GetAnnotation(Annotations.Request)!, GuestRequestPhase.Refused, "it is off, and only a guest that runs is restarted. Start it, and ask again with the present time", now),
        _ => last,
    };

    private static GuestRequest Ended(string value, GuestRequestPhase phase, string message, DateTime now) => new() { Request = Shown(value), Phase = phase, Message = message, Since = now };

    private static string Shown(string value) => value.Length <= Longest ? value : value[..Longest];
}
