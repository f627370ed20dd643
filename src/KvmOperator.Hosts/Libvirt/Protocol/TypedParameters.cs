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
    public long? Number(string name) => values.TryGetValue(name, out var value) && value.Words is null ? value.Whole : null;

    /// <summary>A text; null when there is none of that name.</summary>
    public string? Text(string name) => values.TryGetValue(name, out var value) ? value.Words : null;

    /// <summary>A number with a fraction, or a whole one; null when there is none of that name.</summary>
    public double? Fraction(string name) => values.TryGetValue(name, out var value) && value.Words is null ? value.Broken ?? value.Whole : null;

    internal static TypedParameters Read(XdrReader reader, int most)
    {
        var read = new Dictionary<string, Value>(StringComparer.Ordinal);
        foreach (var (name, value) in reader.List(most, Smallest, static reader => (reader.Text(), ReadValue(reader))))
        {
            read[name] = value;
        }

        return new TypedParameters(read);
    }

    /// <summary>The kinds have libvirt's numbers (<c>VIR_TYPED_PARAM_…</c>).</summary>
    private static Value ReadValue(XdrReader reader) => reader.Integer() switch
    {
        1 or 6 => new Value(reader.Integer()),
        2 => new Value(reader.Unsigned()),
        3 => new Value(reader.Long()),
        4 => new Value((long)Math.Min(reader.UnsignedLong(), long.MaxValue)),
        5 => Broken(reader.Double()),
        7 => new Value(0, Words: reader.Text()),
        var other => throw new LibvirtProtocolException($"No value is of kind {other}."),
    };

    private static Value Broken(double value) => new((long)Math.Clamp(double.IsNaN(value) ? 0 : value, long.MinValue, long.MaxValue), value);

    private sealed record Value(long Whole, double? Broken = null, string? Words = null);
}
