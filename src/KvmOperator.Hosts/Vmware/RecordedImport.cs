namespace KvmOperator.Hosts.Vmware;

/// <summary>Which import a record is of.</summary>
/// <param name="Namespace">Its namespace.</param>
/// <param name="Name">Its name.</param>
/// <param name="Uid">The UID of its object.</param>
/// <param name="Hash">What it asks for, as a number: an import of the same name that asks for something else is another one.</param>
public sealed record RecordedImport(string Namespace, string Name, string Uid, string Hash);
