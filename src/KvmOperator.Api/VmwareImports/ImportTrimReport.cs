using KvmOperator.Api.Attributes;

namespace KvmOperator.Api.VmwareImports;

/// <summary>What is disposable in the source.</summary>
public sealed record ImportTrimReport
{
    /// <summary>The classes of files.</summary>
    [Items(0, 16)]
    [XListMapKeys("name")]
    public IReadOnlyList<ImportTrimClass> Classes { get; init; } = [];

    /// <summary>How many files were deleted.</summary>
    public int? DeletedFiles { get; init; }

    /// <summary>How many bytes were deleted.</summary>
    public long? DeletedBytes { get; init; }
}
