namespace KvmOperator.Tests.Libvirt;

/// <summary>A call as it reached the other side.</summary>
internal sealed record PeerCall(int Procedure, uint Serial, byte[] Arguments);
