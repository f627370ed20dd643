using k8s;
using KvmOperator.Api.Validation;
using KvmOperator.Api.VirtualMachines;
using Xunit;

namespace KvmOperator.UnitTests.Api;

/// <summary>What people write where a quantity should be is a number of bytes or none, and never an error of its own.</summary>
public sealed class QuantitiesTests
{
    [Theory]
    [InlineData("1Gi", 1L << 30)]
    [InlineData("1.5Ki", 1536L)]
    [InlineData("1e3", 1000L)]
    [InlineData("100m", 1L)]
    [InlineData("1/0", null)]
    [InlineData("0/0", null)]
    [InlineData("-1/0", null)]
    [InlineData("1e99", null)]
    public void A_quantity_is_a_number_of_bytes_or_none(string text, long? bytes) => Assert.Equal(
        bytes, Quantities.Bytes(KubernetesJson.Deserialize<VirtualMachine>($$$"""{"spec":{"memory":"{{{text}}}"}}""").Spec.Memory));
}
