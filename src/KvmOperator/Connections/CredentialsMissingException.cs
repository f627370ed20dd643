namespace KvmOperator.Connections;

/// <summary>The Secret with the credentials of a machine is not there, or holds none.</summary>
internal sealed class CredentialsMissingException(string message) : MachineUnavailableException(message);
