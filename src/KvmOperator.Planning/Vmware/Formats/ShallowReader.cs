using System.Xml;

namespace KvmOperator.Planning.Vmware.Formats;

/// <summary>An XML reader that refuses what is nested deeper than any real file.</summary>
/// <param name="reader">The reader that it passes on.</param>
/// <param name="depth">How deep an element may lie.</param>
internal sealed class ShallowReader(XmlReader reader, int depth) : XmlReader
{
    /// <inheritdoc/>
    public override int AttributeCount => reader.AttributeCount;

    /// <inheritdoc/>
    public override string BaseURI => reader.BaseURI;

    /// <inheritdoc/>
    public override int Depth => reader.Depth;

    /// <inheritdoc/>
    public override bool EOF => reader.EOF;

    /// <inheritdoc/>
    public override bool IsEmptyElement => reader.IsEmptyElement;

    /// <inheritdoc/>
    public override string LocalName => reader.LocalName;

    /// <inheritdoc/>
    public override string NamespaceURI => reader.NamespaceURI;

    /// <inheritdoc/>
    public override XmlNameTable NameTable => reader.NameTable;

    /// <inheritdoc/>
    public override XmlNodeType NodeType => reader.NodeType;

    /// <inheritdoc/>
    public override string Prefix => reader.Prefix;

    /// <inheritdoc/>
    public override ReadState ReadState => reader.ReadState;

    /// <inheritdoc/>
    public override string Value => reader.Value;

    /// <inheritdoc/>
    public override bool Read() => reader.Read() && (reader.Depth <= depth ? true : throw new XmlException($"elements are nested deeper than {depth}"));

    /// <inheritdoc/>
    public override string GetAttribute(int i) => reader.GetAttribute(i);

    /// <inheritdoc/>
    public override string? GetAttribute(string name) => reader.GetAttribute(name);

    /// <inheritdoc/>
    public override string? GetAttribute(string name, string? namespaceURI) => reader.GetAttribute(name, namespaceURI);

    /// <inheritdoc/>
    public override string? LookupNamespace(string prefix) => reader.LookupNamespace(prefix);

    /// <inheritdoc/>
    public override bool MoveToAttribute(string name) => reader.MoveToAttribute(name);

    /// <inheritdoc/>
    public override bool MoveToAttribute(string name, string? ns) => reader.MoveToAttribute(name, ns);

    /// <inheritdoc/>
    public override bool MoveToElement() => reader.MoveToElement();

    /// <inheritdoc/>
    public override bool MoveToFirstAttribute() => reader.MoveToFirstAttribute();

    /// <inheritdoc/>
    public override bool MoveToNextAttribute() => reader.MoveToNextAttribute();

    /// <inheritdoc/>
    public override bool ReadAttributeValue() => reader.ReadAttributeValue();

    /// <inheritdoc/>
    public override void ResolveEntity() => reader.ResolveEntity();
}
