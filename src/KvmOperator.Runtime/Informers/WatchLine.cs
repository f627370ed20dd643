using System.Text.Json;

namespace KvmOperator.Runtime.Informers;

/// <summary>One line of a watch, not yet decoded.</summary>
/// <param name="Type">ADDED, MODIFIED, DELETED, BOOKMARK or ERROR.</param>
/// <param name="Object">The object, or the status of an error. Valid only until the next line is asked for.</param>
internal readonly record struct WatchLine(string Type, JsonElement Object);
