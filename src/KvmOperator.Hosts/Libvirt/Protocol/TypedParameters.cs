using System.Runtime.InteropServices;

namespace KvmOperator.Hosts.Libvirt.Protocol;

/// <summary>Values with names that libvirt chooses by itself, such as statistics: which of them are there differs from version to version and from state to state.</summary>
public sealed class TypedParameters
{
    /// <summary>Bytes that one value with its name takes at least.</summary>
    internal const int Smallest = 12;

    private readonly Dictionary<string, Value> values;

    private TypedParameters(Dictionary<string, Value> values) => this.values = values;

    /// <summary>The names that are there.</summary>
    public IReadOnlyCollection<string> Names => values.Keys;

    /// <summary>A whole number of any of libvirt's kinds, also yes (1) and no (0); null when there is none of that name. What is too large for the type is its largest number.</summary>
    public long? Number(string name) => values.TryGetValue(name, out var value) && value.Text is null ? value.Number : null;

    /// <summary>A text; null when there is none of that name.</summary>
    public string? Text(string name) => values.TryGetValue(name, out var value) ? value.Text : null;

    /// <summary>The kinds have libvirt's numbers (<c>VIR_TYPED_PARAM_…</c>). A number with a fraction is cut: nothing that is read here has one.</summary>
    internal static TypedParameters Read(XdrReader reader, int most)
    {
        var read = new Dictionary<string, Value>(StringComparer.Ordinal);
        for (var left = reader.Count(most, Smallest); left > 0; left--)
        {
            read[reader.Text()] = reader.Integer() switch
            {
                1 or 6 => new Value(reader.Integer(), null),
                2 => new Value(reader.Unsigned(), null),
                3 => new Value(reader.Long(), null),
                4 => new Value((long)Math.Min(reader.UnsignedLong(), long.MaxValue), null),
                5 => new Value(Cut(reader.Double()), null),
                7 => new Value(0, reader.Text()),
                var other => throw new LibvirtProtocolException($"No value is of kind {other}."),
            };
        }

        return new TypedParameters(read);
    }

    private static long Cut(double value) => double.IsNaN(value) ? 0 : (long)Math.Clamp(value, long.MinValue, long.MaxValue);

    [StructLayout(LayoutKind.Auto)]
    private readonly record struct Value(long Number, string? Text);
}
