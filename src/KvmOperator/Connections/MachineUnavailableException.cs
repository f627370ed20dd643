namespace KvmOperator.Connections;

/// <summary>A machine cannot be asked, for a reason that lies before any connection to it, or in a service on it that does not answer.</summary>
internal class MachineUnavailableException(string message) : Exception(message);
