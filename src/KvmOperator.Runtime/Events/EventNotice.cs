namespace KvmOperator.Runtime.Events;

/// <summary>One thing that somebody wants to tell.</summary>
/// <param name="Regarding">What it is about.</param>
/// <param name="Reason">Why, for machines.</param>
/// <param name="Message">What happened, for people.</param>
/// <param name="Type">How it should be taken.</param>
/// <param name="Time">When.</param>
internal sealed record EventNotice(ObjectIdentity Regarding, string Reason, string Message, EventType Type, DateTimeOffset Time);
