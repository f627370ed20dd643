using CsCheck;
using k8s;
using k8s.Models;
using KvmOperator.UnitTests.Api;
using KvmOperator.VmwareImports;
using Xunit;

namespace KvmOperator.UnitTests.VmwareImports;

/// <summary>The YAML that people put into Git is the object.</summary>
public sealed class ManifestTextTests
{
    [Fact]
    public void An_object_is_written_as_people_write_it()
    {
        var text = ManifestText.Of("""{"kind": "VirtualMachine", "apiVersion": "kvmoperator.io/v1alpha1", "status": {"phase": "x"}, "metadata": {"name": "a", "labels": {}}, "spec": {"memory": "1Gi", "on": true, "disks": [{"name": "scsi0-0", "storeRef": {"name": "images"}}, {}], "order": ["a", "no"], "empty": [], "count": 2}}""");

        Assert.Equal(
            """
            apiVersion: kvmoperator.io/v1alpha1
            kind: VirtualMachine
            metadata:
              name: a
            spec:
              memory: "1Gi"
              "on": true
              disks:
              - name: scsi0-0
                storeRef:
                  name: images
              order:
              - a
              - "no"
              count: 2

            """.ReplaceLineEndings("\n"),
            text);
    }

    [Fact]
    public void It_is_read_as_the_same_object()
    {
        var machine = SpecSamples.Machine;

        var read = KubernetesYaml.Deserialize<Dictionary<string, object>>(ManifestText.Of(KubernetesJson.Serialize(machine)));

        Assert.Equal(["apiVersion", "kind", "metadata", "spec"], read.Keys);
        var spec = (Dictionary<object, object>)read["spec"];
        Assert.Equal("512Mi", spec["memory"]);
        Assert.Equal(["root", "data", "copy"], ((List<object>)spec["disks"]).Select(disk => ((Dictionary<object, object>)disk)["name"]));
    }

    [Fact]
    public void A_text_of_any_letters_is_read_as_it_was() => Gen.String.Sample(
        text =>
        {
            var map = new V1ConfigMap { Metadata = new V1ObjectMeta { Name = "a", Annotations = new Dictionary<string, string>(StringComparer.Ordinal) { ["a"] = text } } };
            var read = KubernetesYaml.Deserialize<V1ConfigMap>(ManifestText.Of(KubernetesJson.Serialize(new { apiVersion = "v1", kind = "ConfigMap", metadata = map.Metadata })));
            return text.Any(char.IsSurrogate) || (read.Metadata.Annotations["a"] == text);
        },
        iter: 300);
}
