namespace KvmOperator.Planning.Drain;

/// <summary>A guest that has not left yet.</summary>
/// <param name="Guest">Its name.</param>
/// <param name="Standing">How it stands.</param>
/// <param name="Why">Why it is still there, and what to do if a person has to do something.</param>
public sealed record GuestLeft(string Guest, DrainStanding Standing, string Why);
