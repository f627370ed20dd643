namespace KvmOperator.HostTests.Baseline;

/// <summary>A step of the manual procedure did not do what it is for.</summary>
public sealed class ProcedureFailedException(string message) : Exception(message);
