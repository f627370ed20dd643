namespace KvmOperator.Hosts.Beat.Servers;

/// <summary>Takes that there is news of a store's server. It must not block.</summary>
/// <param name="name">Whose server it is.</param>
public delegate void ServerTold(string name);
