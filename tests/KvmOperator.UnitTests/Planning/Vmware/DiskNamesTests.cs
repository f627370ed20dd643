using System.Text.RegularExpressions;
using CsCheck;
using KvmOperator.Planning.Vmware;
using Xunit;

namespace KvmOperator.UnitTests.Planning.Vmware;

/// <summary>A disk is called by its place, and no two are called alike.</summary>
public sealed partial class DiskNamesTests
{
    [Fact]
    public void A_disk_is_called_by_its_place() =>
        Assert.Equal(["scsi0-0", "ide1-1", "usb-xhci-0", "disk", "disk4", "disk5"], DiskNames.Of(["scsi0:0", "ide1:1", "usb_xhci:0", "disk", "::", "disk"]));

    [Fact]
    public void Whatever_the_places_are_the_names_are_names_and_different() => Gen.String[0, 60].List[0, 20].Sample(slots =>
    {
        var names = DiskNames.Of(slots);
        return names.Count == slots.Count && names.Distinct(StringComparer.Ordinal).Count() == names.Count && names.All(name => name.Length <= 32 && Label().IsMatch(name));
    });

    [GeneratedRegex("^[a-z0-9]([-a-z0-9]*[a-z0-9])?$", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Label();
}
