namespace KvmOperator.Hosts.Ssh;

/// <summary>A host refused the user's credentials. They are not tried again before <see cref="NextAttempt"/>; changed credentials are tried at once.</summary>
public sealed class AuthenticationRefusedException(string hostName, string user, DateTimeOffset nextAttempt, Exception? innerException = null)
    : HostException(hostName, $"{hostName} refused the credentials of user {user}. The same ones are tried again at the latest after {ConnectionBackOff.LongestRefusedDelay.TotalMinutes:0} minutes.", innerException)
{
    /// <summary>When the same credentials will be tried again.</summary>
    public DateTimeOffset NextAttempt { get; } = nextAttempt;
}
