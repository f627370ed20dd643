namespace KvmOperator.Planning.Failover.Detection;

/// <summary>A storage server that the operator listens to.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Silence">How long ago it last answered.</param>
public sealed record ServerContact(string Name, TimeSpan Silence);
