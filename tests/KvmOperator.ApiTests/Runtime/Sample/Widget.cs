using k8s;
using k8s.Models;

namespace KvmOperator.ApiTests.Runtime.Sample;

/// <summary>A kind as a third party would write one.</summary>
[KubernetesEntity(Group = "samples.example.com", ApiVersion = "v1", Kind = "Widget", PluralName = "widgets")]
public sealed class Widget : IKubernetesObject<V1ObjectMeta>
{
    /// <summary>
    /// The server allows more than this type knows: any text as colour, a serial number that is not in the type, and statuses of others.
    /// </summary>
    public const string Definition =
        """
        apiVersion: apiextensions.k8s.io/v1
        kind: CustomResourceDefinition
        metadata:
          name: widgets.samples.example.com
        spec:
          group: samples.example.com
          scope: Namespaced
          names: {plural: widgets, singular: widget, kind: Widget, listKind: WidgetList}
          versions:
          - name: v1
            served: true
            storage: true
            subresources: {status: {}}
            schema:
              openAPIV3Schema:
                type: object
                properties:
                  spec:
                    type: object
                    properties:
                      size: {type: integer}
                      color: {type: string}
                      gadget: {type: string}
                      serial: {type: string}
                  status:
                    type: object
                    properties:
                      size: {type: integer}
                      note: {type: string}
                      foreign: {type: string}
                      unknown: {type: string}
                      conditions:
                        type: array
                        x-kubernetes-list-type: map
                        x-kubernetes-list-map-keys: [type]
                        items:
                          type: object
                          required: [type]
                          properties:
                            type: {type: string}
                            status: {type: string}
                            reason: {type: string}
        """;

    public string ApiVersion { get; set; } = "samples.example.com/v1";

    public string Kind { get; set; } = "Widget";

    public V1ObjectMeta Metadata { get; set; } = new();

    public WidgetSpec Spec { get; set; } = new();

    public WidgetStatus? Status { get; set; }
}
