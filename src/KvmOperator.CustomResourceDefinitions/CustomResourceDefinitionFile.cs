using k8s;
using k8s.Models;

namespace KvmOperator.CustomResourceDefinitions;

/// <summary>A definition as a file of the source tree.</summary>
/// <param name="Name">The file's name, without a folder.</param>
/// <param name="Text">What it holds: YAML, the same for the same types wherever it is made.</param>
internal sealed record CustomResourceDefinitionFile(string Name, string Text)
{
    /// <summary>What to type to make the files of the source tree anew, from its root.</summary>
    public const string Command = "dotnet run --project src/KvmOperator.CustomResourceDefinitions -- config/crd";

    /// <summary>How a definition is written down.</summary>
    public static CustomResourceDefinitionFile Of(V1CustomResourceDefinition definition) =>
        new(
            definition.Metadata.Name + ".yaml",
            $"# Generated from the types in src/KvmOperator.Api. Do not edit: change them, then run\n#   {Command}\n"
                + KubernetesYaml.Serialize(definition).ReplaceLineEndings("\n").TrimEnd('\n') + "\n");
}
