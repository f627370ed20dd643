using KvmOperator.Hosts.Ssh;

namespace KvmOperator.Hosts.Epochs;

/// <summary>Puts the leader's guard in front of what is run and held on hosts.</summary>
public interface IHostGuard
{
    /// <summary>A shell on which nothing of a replaced leader begins. Beside what the shell throws: <see cref="EpochRefusedException"/>, <see cref="ManagedElsewhereException"/>, <see cref="OlderLeaderException"/>; then nothing ran.</summary>
    IHostShell Guard(IHostShell shell);

    /// <summary>Forgets a host that is managed no longer. Unknown names are ignored.</summary>
    void Forget(string name);
}
