using KvmOperator.Hosts;
using Xunit;

namespace KvmOperator.UnitTests.Hosts;

public class NameListTests
{
    [Theory]
    [InlineData(0, "")]
    [InlineData(2, "n1, n2")]
    [InlineData(11, "n1, n2, n3, n4, n5, n6, n7, n8, n9, n10, n11")]
    [InlineData(12, "n1, n2, n3, n4, n5, n6, n7, n8, n9, n10 and 2 more")]
    [InlineData(1000, "n1, n2, n3, n4, n5, n6, n7, n8, n9, n10 and 990 more")]
    public void It_does_not_grow_with_the_number_of_names(int count, string text) =>
        Assert.Equal(text, NameList.Of([.. Enumerable.Range(1, count).Select(number => $"n{number}")]));
}
