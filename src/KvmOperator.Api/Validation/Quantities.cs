using System.Globalization;
using k8s.Models;

namespace KvmOperator.Api.Validation;

/// <summary>Kubernetes's quantities as bytes.</summary>
public static class Quantities
{
    private static readonly (string Unit, long Bytes)[] Units =
        [("Ti", 1L << 40), ("Gi", 1L << 30), ("Mi", 1L << 20), ("Ki", 1L << 10)];

    /// <summary>The number of bytes, rounded up; null when it is not a quantity or does not fit.</summary>
    public static long? Bytes(ResourceQuantity? quantity)
    {
        if (quantity is null)
        {
            return null;
        }

        try
        {
            return (long)Math.Ceiling(quantity.ToDecimal());
        }
        catch (Exception exception) when (exception is FormatException or ArithmeticException or ArgumentException)
        {
            return null;
        }
    }

    /// <summary>A number of bytes as a quantity that people write.</summary>
    public static string Words(long bytes)
    {
        var (unit, size) = Units.FirstOrDefault(unit => bytes >= unit.Bytes && bytes % unit.Bytes == 0, ("", 1));
        return (bytes / size).ToString(CultureInfo.InvariantCulture) + unit;
    }
}
