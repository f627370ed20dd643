using KvmOperator.Planning.Vmware.Formats;

namespace KvmOperator.Planning.Vmware;

/// <summary>Gathers concerns. Equal ones are kept once, and there are not endlessly many.</summary>
public sealed class ConcernList
{
    private const int Most = 500;
    private readonly List<Concern> _concerns = [];

    /// <summary>All of them, the worst first, otherwise in the order in which they were found.</summary>
    public IReadOnlyList<Concern> All => [.. _concerns.OrderBy(concern => concern.Category)];

    /// <summary>Adds one, with the words that the catalogue has for it where none are given.</summary>
    public void Add(ConcernId id, string subject, string assessment, string? suggestion = null, ConcernCategory? category = null)
    {
        var concern = ConcernCatalogue.Make(id, subject, assessment, suggestion, category);
        if (_concerns.Count < Most && !_concerns.Contains(concern))
        {
            _concerns.Add(concern);
        }
    }

    /// <summary>Adds what a reader said about a file.</summary>
    public void Add(string subject, VmwareFormatException exception) => Add(exception.Concern, subject, $"{Shown.Of(subject)}: {exception.Message}.");

    /// <summary>Adds that a file could not be read, or might not.</summary>
    public void Add(string subject, Exception exception) => Add(ConcernId.Unreadable, subject, $"{Shown.Of(subject)} cannot be read: {exception.Message}");
}
