using CsCheck;
using Xunit;

namespace KvmOperator.UnitTests.Api;

/// <summary>No text that a shell, XML, an option list or a terminal would read as more than a name gets past a validator.</summary>
public sealed class HostileTextTests
{
    public static TheoryData<string> FieldNames => new(HostileTexts.Fields.Keys);

    [Theory]
    [MemberData(nameof(FieldNames))]
    public void A_name_that_would_be_read_as_more_is_refused(string field) =>
        HostileTexts.Hostile.Sample(text => HostileTexts.Fields[field](text) > 0, iter: 10_000, threads: 1, print: text => $"{field} let through: {text}");
}
