using Xunit;

namespace KvmOperator.Tests;

/// <summary>What is wrong with objects, each by one value in a <see cref="SampleObjects">valid one</see>: servers refuse them, and so do the validators.</summary>
public static class RefusedObjects
{
    /// <summary>Kind, path, value in JSON (null removes the field), and what the server says.</summary>
    public static TheoryData<string, string, string?, string> BySchema => new()
    {
        { "KvmHost", "spec", null, "spec: Required value" },
        { "KvmHost", "spec/address", null, "spec.address: Required value" },
        { "KvmHost", "spec/address", "\"a b\"", "spec.address in body should match" },
        { "KvmHost", "spec/address", "\"$(reboot)\"", "spec.address in body should match" },
        { "KvmHost", "spec/ssh/port", "0", "spec.ssh.port in body should be greater than or equal to 1" },
        { "KvmHost", "spec/ssh/port", "65536", "spec.ssh.port in body should be less than or equal to 65535" },
        { "KvmHost", "spec/ssh/user", "\"root; reboot\"", "spec.ssh.user in body should match" },
        { "KvmHost", "spec/ssh/credentialsSecretRef/name", null, "spec.ssh.credentialsSecretRef.name: Required value" },
        { "KvmHost", "spec/mode", "\"Asleep\"", "spec.mode: Unsupported value: \"Asleep\"" },
        { "KvmHost", "spec/preparation/timeServers", """["a","b","c","d","e","f","g","h","i"]""", "must have at most 8 items" },
        { "KvmHost", "spec/preparation", """{"timeService": "Unmanaged", "timeServers": ["192.168.122.1"]}""", "time servers are set where timeService is Managed" },
        { "KvmHost", "spec/capacity/memoryReserved", "\"1 Gi\"", "spec.capacity.memoryReserved in body should match" },
        { "NfsStore", "spec/exportPath", "\"images\"", "spec.exportPath in body should match" },
        { "NfsStore", "spec/exportPath", "\"/images/../etc\"", "spec.exportPath in body should match" },
        { "NfsStore", "spec/mountOptions", "[\"soft,hard\"]", "spec.mountOptions[0] in body should match" },
        { "NfsStore", "spec/nfsVersion", "\"5\"", "spec.nfsVersion in body should match" },
        { "VirtualMachine", "spec/vcpus", "\"two\"", "spec.vcpus in body must be of type integer" },
        { "VirtualMachine", "spec/memory", null, "spec.memory: Required value" },
        { "VirtualMachine", "spec/memory", "\"1e99999999999\"", "spec.memory in body should match" },
        { "VirtualMachine", "spec/memory", $"\"{new string('9', 30)}\"", "spec.memory" },
        { "VirtualMachine", "spec/disks/0/size", "\"1e2147483648\"", "spec.disks[0].size in body should match" },
        { "VirtualMachine", "spec/disks", "[]", "spec.disks in body should have at least 1 items" },
        { "VirtualMachine", "spec/disks/0/name", "\"../root\"", "spec.disks[0].name in body should match" },
        { "VirtualMachine", "spec/networks/0/mac", "\"01:00:00:00:00:00\"", "spec.networks[0].mac in body should match" },
        { "VirtualMachine", "spec/runStrategy", "\"Sometimes\"", "spec.runStrategy: Unsupported value" },
        { "VmMigration", "spec/virtualMachineRef", null, "spec.virtualMachineRef: Required value" },
        { "VmMigration", "spec/timeoutSeconds", "1", "spec.timeoutSeconds in body should be greater than or equal to 10" },
        { "VirtualMachine", "spec/machine", "\"pc-q35-7.2\"", "spec.machine: Unsupported value" },
        { "VirtualMachine", "spec/networks/0/model", "\"rtl8139\"", "spec.networks[0].model: Unsupported value" },
        { "KvmHost", "spec/importFolders", """["srv"]""", "spec.importFolders[0] in body should match" },
        { "VmwareImport", "spec/source/path", "\"relative\"", "spec.source.path in body should match" },
        { "VmwareImport", "spec/engine", "\"Magic\"", "spec.engine: Unsupported value" },
        { "VmwareImport", "spec/stopAfter", "\"Convert\"", "spec.stopAfter: Unsupported value" },
        { "VmwareImport", "spec/source/vmx", "\"a/b.vmx\"", "spec.source.vmx in body should match" },
        { "VmwareImport", "spec/virtualMachine", """{"name": "guest", "disks": [{"slot": "virtio0"}]}""", "spec.virtualMachine.disks[0].slot in body should match" },
    };

    /// <summary>As above, refused by rules in CEL.</summary>
    public static TheoryData<string, string, string?, string> ByRule => new()
    {
        { "VirtualMachine", "metadata/name", $"\"{new string('a', 64)}\"", "the name has at most 63 characters" },
        { "VirtualMachine", "spec/disks/0/size", null, "say the size of an empty disk, or its source" },
        { "VirtualMachine", "spec/disks/0/source", "{}", "name exactly one of image, clone, existing" },
        { "VirtualMachine", "spec/disks/0/source", """{"image": "a", "existing": "b"}""", "name exactly one of image, clone, existing" },
        { "VirtualMachine", "spec/networks/0/bridge", "\"br0\"", "name either network or bridge" },
        { "VirtualMachine", "spec/cloudInit", "{}", "say either userData or userDataSecretRef" },
        { "VirtualMachine", "spec/disks/0/sharing", "\"Linked\"", "an empty disk and an existing file are linked to nothing" },
        { "VirtualMachine", "spec/disks", """[{"name": "root", "storeRef": {"name": "images"}, "source": {"existing": "a"}, "sharing": "Linked"}]""", "an empty disk and an existing file are linked to nothing" },
        { "VirtualMachine", "spec/disks", """[{"name": "root", "storeRef": {"name": "images"}, "source": {"image": "a"}, "sharing": "Linked", "format": "raw"}]""", "only qcow2 can be linked" },
        { "VirtualMachine", "spec/boot", """{"order": ["cdrom"]}""", "name one of spec.disks, or network" },
        { "VirtualMachine", "spec/boot", """{"order": ["root", "root"]}""", "each is tried once" },
        { "VirtualMachine", "spec/networks", """[{"network": "a", "mac": "52:54:00:aa:bb:cc"}, {"network": "a", "mac": "52:54:00:AA:BB:CC"}]""", "each card needs an address of its own" },
        { "VirtualMachine", "spec/disks/0/bus", "\"ide\"", "only the machine i440fx has IDE" },
        { "KvmHost", "metadata/name", "\"node1.example.com\"", "the name is also a label" },
        { "KvmHost", "metadata/name", $"\"{new string('a', 64)}\"", "the name is also a label" },
        { "KvmHost", "spec/fencing", """{"agent": "fence_ipmilan", "parameters": {"ip": "192.0.2.9", "password": "secret"}}""", "put them into the Secret" },
        { "KvmHost", "spec/fencing", """{"agent": "fence_ipmilan", "parameters": {"action": "on"}}""", "is decided by the operator" },
        { "NfsStore", "metadata/name", "\"images.example.com\"", "the name is also a label" },
        { "NfsStore", "spec/mountPath", "\"/usr/bin\"", "belongs to the system" },
        { "NfsStore", "spec/mountPath", "\"/var/lib\"", "belongs to the system" },
        { "NfsStore", "spec", """{"server": {"address": "192.0.2.1", "ssh": {"credentialsSecretRef": {"name": "key"}}}, "exportPath": "/etc/ssh"}""", "belongs to the system" },
        { "NfsStore", "spec/mountOptions", """["soft"]""", "endanger guests" },
        { "NfsStore", "spec/mountOptions", """["local_lock=all"]""", "endanger guests" },
        { "NfsStore", "spec/mountOptions", """["nfsvers=3"]""", "the version stands in spec.nfsVersion" },
        { "NfsStore", "spec/exportOptions", """["rw", "no_root_squash", "fsid=0"]""", "makes the folder the root of everything that the server exports" },
        { "NfsStore", "spec/exportOptions", """["rw", "no_root_squash", "async"]""", "leave ro, async, root_squash and all_squash out" },
        { "NfsStore", "spec/exportOptions", """["rw", "sync"]""", "say rw and no_root_squash too" },
        { "VmwareImport", "spec/source/path", "\"/srv/../etc\"", "has a folder '..'" },
        { "VmwareImport", "spec/virtualMachine", """{"name": "guest", "network": "default", "bridge": "br0"}""", "name either network or bridge" },
        { "VmwareImport", "spec/source/storeRef", """{"name": "images"}""", "name either hostRef or storeRef" },
        { "VmwareImport", "spec/verify", """{"method": "ConsoleText"}""", "say which consoleText to wait for" },
    };
}
