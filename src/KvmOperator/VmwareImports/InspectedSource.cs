using KvmOperator.Hosts.Vmware;
using KvmOperator.Planning.Vmware;

namespace KvmOperator.VmwareImports;

/// <summary>What was found in a source.</summary>
/// <param name="Inspection">What it means.</param>
/// <param name="Entry">The file of the listing that a file of the inspection is. Only for files of their own.</param>
internal sealed record InspectedSource(Inspection Inspection, Func<SourceFile, SourceEntry> Entry);
