using KvmOperator.Planning.Vmware.Formats;

namespace KvmOperator.Planning.Vmware;

/// <summary>A file that nobody needs once the guest runs. It is deleted only when it is still the same one: device, inode, size and time.</summary>
/// <param name="Class">What it is.</param>
/// <param name="File">The file.</param>
/// <param name="NeedsAcceptance">Whether it holds the state of a suspended machine: a person has to accept <see cref="ConcernId.Suspended"/> first.</param>
public sealed record TrimItem(TrimClass Class, SourceFile File, bool NeedsAcceptance);
