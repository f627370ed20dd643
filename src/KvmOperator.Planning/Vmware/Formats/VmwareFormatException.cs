namespace KvmOperator.Planning.Vmware.Formats;

/// <summary>
/// A foreign file cannot be read as what it should be. The only exception of the readers in this namespace: whatever the bytes are, they return, or throw this.
/// </summary>
public sealed class VmwareFormatException : Exception
{
    /// <summary>Says that a file cannot be read.</summary>
    public VmwareFormatException()
        : this(ConcernId.Corrupt, "the file cannot be read")
    {
    }

    /// <summary>Says that a file is damaged.</summary>
    public VmwareFormatException(string message)
        : this(ConcernId.Corrupt, message)
    {
    }

    /// <summary>Says that a file is damaged, and what was noticed first.</summary>
    public VmwareFormatException(string message, Exception? innerException)
        : base(message, innerException)
    {
    }

    /// <summary>Says why a file cannot be read.</summary>
    /// <param name="concern">The concern that people are told.</param>
    /// <param name="message">What is wrong, as a part of a sentence; without the file's name, which the caller knows.</param>
    public VmwareFormatException(ConcernId concern, string message)
        : base(message) => Concern = concern;

    /// <summary>The concern that people are told.</summary>
    public ConcernId Concern { get; } = ConcernId.Corrupt;
}
