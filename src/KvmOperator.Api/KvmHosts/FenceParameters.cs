namespace KvmOperator.Api.KvmHosts;

/// <summary>What may be said to a fence agent in a spec.</summary>
internal static class FenceParameters
{
    /// <summary>What the name of a parameter looks like. It is a line <c>name=value</c> of the agent's standard input.</summary>
    public const string Name = "^[a-z][a-z0-9_]*$";

    /// <summary>Everybody who may read a KvmHost would read it.</summary>
    public static bool IsSecret(string name) => name is "password" or "passwd" or "password_script" or "passwd_script" or "snmp_priv_passwd";

    /// <summary>Whether and when a machine is switched off is not said in a spec.</summary>
    public static bool IsOurs(string name) => name is "action" or "option";
}
