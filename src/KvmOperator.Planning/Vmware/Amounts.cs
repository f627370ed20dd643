using System.Globalization;
using KvmOperator.Planning.Vmware.Formats;

namespace KvmOperator.Planning.Vmware;

/// <summary>Bytes for people.</summary>
public static class Amounts
{
    private static readonly string[] Units = ["bytes", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];

    /// <summary>A number of bytes with at most one decimal: <c>3.1 GiB</c>.</summary>
    public static string Of(long bytes)
    {
        var (amount, unit) = ((decimal)bytes, 0);
        while (amount >= 1024 && unit < Units.Length - 1)
        {
            (amount, unit) = (amount / 1024, unit + 1);
        }

        return string.Create(CultureInfo.InvariantCulture, $"{Math.Round(amount, unit == 0 ? 0 : 1):0.#} {Units[unit]}");
    }
}
