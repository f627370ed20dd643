namespace KvmOperator.Planning.Vmware.Formats;

/// <summary>What was noticed about a line of a .vmx.</summary>
public enum NoteKind
{
    /// <summary>It could not be read and was left out.</summary>
    Unparsable,

    /// <summary>It was read although something is wrong with it, such as a closing quote that is not there.</summary>
    Repaired,

    /// <summary>Its value has no quotes, or a comment behind it. Harmless.</summary>
    Unusual,
}
