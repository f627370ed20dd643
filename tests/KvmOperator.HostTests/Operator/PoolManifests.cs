using System.Globalization;
using KvmOperator.Api;

namespace KvmOperator.HostTests.Operator;

/// <summary>The objects of the lab's pool, as a user would write them. The lab forwards the machines' SSH ports to this machine, so host and port are named.</summary>
internal sealed class PoolManifests(string sshConfig)
{
    public const string Store = "images";
    public const string SecretName = "kvm-hosts-ssh";

    /// <summary>The addresses of the lab's machines on the storage network (tests/lab/nodes).</summary>
    private static readonly Dictionary<string, string> Addresses = new(StringComparer.Ordinal)
    {
        ["node1"] = "192.168.122.100",
        ["node2"] = "192.168.122.200",
        ["node3"] = "192.168.122.201",
    };

    /// <summary>The names of the lab's hosts: two, or three.</summary>
    public IReadOnlyList<string> HostNames => [.. Words.Intersect(Addresses.Keys, StringComparer.Ordinal).Order(StringComparer.Ordinal)];

    /// <summary>The lab's hosts.</summary>
    public string Hosts => string.Join("---\n", HostNames.Select(name => Host(name, Addresses[name])));

    private string[] Words => sshConfig.Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries);

    /// <param name="name">The host's name, which is the lab's.</param>
    /// <param name="address">Its address on the storage network.</param>
    /// <param name="more">More lines of the spec, indented by two.</param>
    public string Host(string name, string address, string more = "") =>
        $"""
        apiVersion: kvmoperator.io/v1alpha1
        kind: KvmHost
        metadata:
          name: {name}
        spec:
          address: {address}
          ssh:
            host: 127.0.0.1
            port: {Port(name)}
            credentialsSecretRef:
              name: {SecretName}
          preparation:
            timeServers:
            - 192.168.122.1
        {more}
        """ + "\n";

    public string NfsStore(string more = "") =>
        $"""
        apiVersion: kvmoperator.io/v1alpha1
        kind: NfsStore
        metadata:
          name: {Store}
        spec:
          server:
            address: 192.168.122.1
            ssh:
              host: 127.0.0.1
              port: {Port("storage")}
              credentialsSecretRef:
                name: {SecretName}
          exportPath: /images
        {more}
        """ + "\n";

    /// <summary>A guest from the lab's image.</summary>
    /// <param name="name">Its name, in the namespace default.</param>
    /// <param name="more">More lines of the spec, indented by two.</param>
    public static string Guest(string name, string more = "") =>
        $"""
        apiVersion: kvmoperator.io/v1alpha1
        kind: VirtualMachine
        metadata:
          name: {name}
          namespace: default
        spec:
          vcpus: 1
          memory: 256Mi
          disks:
          - name: root
            storeRef:
              name: {Store}
            source:
              image: guest.qcow2
          networks:
          - network: default
        {more}
        """ + "\n";

    /// <summary>A guest that a person made by hand, with the disk of its domain.</summary>
    /// <param name="name">Its name, in the namespace default.</param>
    /// <param name="uuid">The domain's.</param>
    /// <param name="disk">The file in the store, without its ending.</param>
    /// <param name="mac">The address of its card.</param>
    public static string Adopted(string name, string uuid, string disk, string mac) =>
        $"""
        apiVersion: kvmoperator.io/v1alpha1
        kind: VirtualMachine
        metadata:
          name: {name}
          namespace: default
          annotations:
            {Annotations.AdoptDomain}: {uuid}
        spec:
          vcpus: 1
          memory: 256Mi
          disks:
          - name: root
            storeRef:
              name: {Store}
            source:
              existing: {disk}.qcow2
          networks:
          - network: default
            mac: "{mac}"
        """ + "\n";

    public static string Migration(string name, string guest, string? target = null, string more = "") =>
        $"""
        apiVersion: kvmoperator.io/v1alpha1
        kind: VmMigration
        metadata:
          name: {name}
          namespace: default
        spec:
          virtualMachineRef:
            name: {guest}
        {(target is null ? string.Empty : $"  targetHostRef:\n    name: {target}")}
        {more}
        """ + "\n";

    /// <summary>An import into the lab's store, of a source that lies there.</summary>
    /// <param name="name">Its name, and that of its guest, in the namespace default.</param>
    /// <param name="path">The source as the hosts see it.</param>
    /// <param name="more">More lines of the spec, indented by two.</param>
    public static string Import(string name, string path, string more = "") =>
        $"""
        apiVersion: kvmoperator.io/v1alpha1
        kind: VmwareImport
        metadata:
          name: {name}
          namespace: default
        spec:
          source:
            storeRef:
              name: {Store}
            path: "{path}"
          virtualMachine:
            name: {name}
          storeRef:
            name: {Store}
        {more}
        """ + "\n";

    /// <summary>The port of this machine behind which a machine's sshd is.</summary>
    public int Port(string node)
    {
        var words = Words;
        var machine = Array.IndexOf(words, node);
        return int.Parse(words[Array.IndexOf(words, "Port", machine) + 1], CultureInfo.InvariantCulture);
    }
}
