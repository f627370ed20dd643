using System.Xml.Linq;

namespace KvmOperator.UnitTests.Charts;

/// <summary>The version of the product, as it stands in its one place.</summary>
internal static class ProductVersion
{
    /// <summary>The version in Directory.Build.props.</summary>
    public static string Written { get; } = XDocument.Load(Path.Combine(Repository.Root, "Directory.Build.props")).Descendants("Version").Single().Value;
}
