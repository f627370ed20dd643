using System.Text.Json.Nodes;

namespace KvmOperator.Runtime.Status;

/// <summary>What changes of a status are counted from.</summary>
/// <param name="Said">The status as its writer knows it: the difference to it is what the writer wants.</param>
/// <param name="Held">The status as the server held it then, with conditions of others that the writer does not know.</param>
internal sealed record StatusBaseline(JsonObject Said, JsonObject Held)
{
    /// <summary>A status that was just read.</summary>
    public static StatusBaseline Of(JsonObject status) => new(status, status);
}
