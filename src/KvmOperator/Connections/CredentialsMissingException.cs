using KvmOperator.Api.KvmHosts;

namespace KvmOperator.Connections;

/// <summary>What has to be known before a machine may be connected to is missing or cannot be read: its Secret, or the host keys to trust. The message says what to do.</summary>
internal sealed class CredentialsMissingException(string message, string reason = KvmHostReasons.CredentialsUnusable) : MachineUnavailableException(message)
{
    /// <summary>The reason of the condition.</summary>
    public string Reason => reason;
}
