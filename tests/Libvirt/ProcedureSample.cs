using KvmOperator.Hosts.Libvirt.Protocol;

namespace KvmOperator.Tests.Libvirt;

/// <summary>One procedure: how it is called, what has to arrive of that, and what has to come out of an answer. Values go by libvirt's own names of its fields.</summary>
/// <param name="Name">libvirt's name of the procedure, in lower case.</param>
/// <param name="Call">Calls it.</param>
/// <param name="Arguments">The fields of the arguments as JSON; null when there are none.</param>
/// <param name="Answer">The fields of libvirt's answer as JSON; null when there are none.</param>
/// <param name="Result">What the caller gets; null when there is no result.</param>
internal sealed record ProcedureSample(string Name, Func<LibvirtConnection, CancellationToken, Task<object?>> Call, string? Arguments, string? Answer, object? Result)
{
    public override string ToString() => Name;
}
