namespace KvmOperator.Planning.Vmware.Formats;

/// <summary>Something that was noticed about a line.</summary>
/// <param name="Line">The line's number, from 1.</param>
/// <param name="Kind">What it is.</param>
/// <param name="Text">What is to say, as a part of a sentence.</param>
public sealed record VmxNote(int Line, NoteKind Kind, string Text);
