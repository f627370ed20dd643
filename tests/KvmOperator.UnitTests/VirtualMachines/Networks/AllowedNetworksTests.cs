using k8s.Models;
using KvmOperator.Api.VirtualMachines;
using KvmOperator.VirtualMachines.Networks;
using Xunit;

namespace KvmOperator.UnitTests.VirtualMachines.Networks;

/// <summary>Which networks guests of a namespace may be on.</summary>
public sealed class AllowedNetworksTests
{
    [Theory]
    [InlineData(null, "br-mgmt", null)]
    [InlineData("default bridge:br-mgmt", "br-mgmt", null)]
    [InlineData("default br-mgmt", "br-mgmt", "spec.networks[1]: guests of the namespace shop may not be on the bridge br-mgmt, only on default, br-mgmt. Choose one of those, or have it allowed: namespaces.shop.networks")]
    [InlineData("", "br-mgmt", "spec.networks[0]: guests of the namespace shop may not be on the network default, only on none.")]
    public void A_guest_is_on_what_is_allowed_and_on_nothing_else(string? allowed, string bridge, string? refusal)
    {
        var guest = new VirtualMachine
        {
            Metadata = new V1ObjectMeta { Name = "web", NamespaceProperty = "shop" },
            Spec = Given.Spec() with { Networks = [new VirtualMachineNetwork { Network = "default" }, new VirtualMachineNetwork { Bridge = bridge }] },
        };

        var refused = AllowedNetworks.Refuse(guest, allowed?.Split(' ', StringSplitOptions.RemoveEmptyEntries));

        Assert.Equal(refusal is null, refused is null);
        Assert.StartsWith(refusal ?? string.Empty, refused ?? string.Empty, StringComparison.Ordinal);
    }
}
