using KvmOperator.Connections;

namespace KvmOperator.Inventory.Observations;

/// <summary>Another KvmHost stands for the same machine. Nothing is done there in this one's name.</summary>
internal sealed class SameMachineException(string host, string other)
    : MachineUnavailableException($"{host} is the same machine as KvmHost {other}: one machine has one KvmHost. Delete one of the two, or correct its spec.address. Nothing is done there in the name of {host}.")
{
    /// <summary>The KvmHost under which the machine is kept.</summary>
    public string Other => other;
}
