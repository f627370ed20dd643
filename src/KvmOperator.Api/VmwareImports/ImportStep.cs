using System.Text.Json.Serialization;

namespace KvmOperator.Api.VmwareImports;

/// <summary>The steps of an import, in their order.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<ImportStep>))]
public enum ImportStep
{
    /// <summary>The source is read.</summary>
    Inspect,

    /// <summary>What is disposable is found.</summary>
    Trim,

    /// <summary>The disks are converted.</summary>
    Convert,

    /// <summary>The VirtualMachine is made.</summary>
    Define,

    /// <summary>The guest is started.</summary>
    Boot,

    /// <summary>It is seen that the guest works.</summary>
    Verify,
}
