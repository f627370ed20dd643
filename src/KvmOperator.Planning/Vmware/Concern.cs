using KvmOperator.Planning.Vmware.Formats;

namespace KvmOperator.Planning.Vmware;

/// <summary>Something that a person should know before an import, or that prevents it.</summary>
/// <param name="Id">What it is.</param>
/// <param name="Category">How bad it is.</param>
/// <param name="Label">What it is, in a few words, the same for every concern of its id.</param>
/// <param name="Subject">The file, slot or card that it is about; empty for the machine as a whole.</param>
/// <param name="Assessment">What was found and what it means.</param>
/// <param name="Suggestion">What to do about it; empty when there is nothing to do.</param>
/// <param name="IsReleasable">Whether a person may say that it is so and wanted, and the import goes on.</param>
public sealed record Concern(ConcernId Id, ConcernCategory Category, string Label, string Subject, string Assessment, string Suggestion, bool IsReleasable);
