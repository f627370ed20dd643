using System.Text.Json;

namespace KvmOperator.Hosts.Vmware;

/// <summary>How records are written for the scripts, which read the same names.</summary>
internal static class ImportRecordJson
{
    /// <summary>Names begin with a small letter, bytes are base64.</summary>
    public static JsonSerializerOptions Options { get; } = new(JsonSerializerDefaults.Web);
}
