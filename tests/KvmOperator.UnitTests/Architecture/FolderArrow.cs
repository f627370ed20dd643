namespace KvmOperator.UnitTests.Architecture;

/// <summary>A folder uses another one.</summary>
/// <param name="From">Who uses.</param>
/// <param name="To">Who is used.</param>
/// <param name="File">The file in which that is so.</param>
internal sealed record FolderArrow(string From, string To, string File)
{
    public override string ToString() => $"{From} → {To} in {File}";
}
