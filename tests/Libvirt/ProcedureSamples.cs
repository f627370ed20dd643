using KvmOperator.Hosts.Libvirt;
using KvmOperator.Hosts.Libvirt.Protocol;

namespace KvmOperator.Tests.Libvirt;

/// <summary>Every procedure and event that is used, once. No two fields of a message have the same value, so that none can stand for another.</summary>
internal static class ProcedureSamples
{
    private const string Uuid = "0f9d6c1e-39a1-4a31-8a02-7b34b7fd2a19";
    private const string Guest = $$"""{"name":"web","uuid":"{{Uuid}}","id":7}""";
    private const string Net = $$"""{"name":"default","uuid":"{{Uuid}}"}""";
    private const string Flags = $$"""{"dom":{{Guest}},"flags":0}""";
    private const string Only = $$"""{"dom":{{Guest}}}""";
    private const string OnlyPool = $$"""{"pool":{{Net}}}""";
    private const string Returned = $$"""{"dom":{{Guest}}}""";

    private static readonly LibvirtDomain Dom = new("web", new Guid(Uuid), 7);
    private static readonly LibvirtNetwork Network = new("default", new Guid(Uuid));
    private static readonly LibvirtStoragePool Pool = new("default", new Guid(Uuid));

    public static IReadOnlyList<ProcedureSample> All { get; } =
    [
        Of("auth_list", (c, t) => c.ListAuthenticationsAsync(t), null, """{"types":[2,0]}""", new[] { LibvirtAuthentication.Polkit, LibvirtAuthentication.None }),
        Of("connect_open", (c, t) => c.OpenDriverAsync("qemu:///system", t), """{"name":"qemu:///system","flags":0}"""),
        Of("connect_close", (c, t) => c.CloseDriverAsync(t), null),
        Of("connect_supports_feature", (c, t) => c.SupportsFeatureAsync(LibvirtFeature.EventCallbacks, t), """{"feature":14}""", """{"supported":1}""", true),
        Of("connect_get_lib_version", (c, t) => c.GetLibraryVersionAsync(t), null, """{"lib_ver":11003002}""", new Version(11, 3, 2)),
        Of("connect_get_version", (c, t) => c.GetHypervisorVersionAsync(t), null, """{"hv_ver":7002022}""", new Version(7, 2, 22)),
        Of("connect_get_hostname", (c, t) => c.GetHostNameAsync(t), null, """{"hostname":"node1"}""", "node1"),
        Of("connect_get_capabilities", (c, t) => c.GetCapabilitiesAsync(t), null, """{"capabilities":"<capabilities/>"}""", "<capabilities/>"),
        Of("connect_get_domain_capabilities", (c, t) => c.GetDomainCapabilitiesAsync("emulator", "x86_64", null, "kvm", t), """{"emulatorbin":"emulator","arch":"x86_64","machine":null,"virttype":"kvm","flags":0}""", """{"capabilities":"<domainCapabilities/>"}""", "<domainCapabilities/>"),
        Of("connect_compare_hypervisor_cpu", (c, t) => c.CompareHypervisorCpuAsync("emulator", "x86_64", "q35", "kvm", "<cpu/>", CpuCompareFlags.FailIncompatible, t), """{"emulator":"emulator","arch":"x86_64","machine":"q35","virttype":"kvm","xmlCPU":"<cpu/>","flags":1}""", """{"result":2}""", CpuComparison.Superset),
        Of("connect_baseline_hypervisor_cpu", (c, t) => c.BaselineHypervisorCpuAsync("emulator", "x86_64", "q35", "kvm", ["<cpu/>", "<cpu x='y'/>"], CpuBaselineFlags.Migratable, t), """{"emulator":"emulator","arch":"x86_64","machine":"q35","virttype":"kvm","xmlCPUs":["<cpu/>","<cpu x='y'/>"],"flags":2}""", """{"cpu":"<cpu/>"}""", "<cpu/>"),
        Of("connect_domain_event_callback_register_any", (c, t) => c.RegisterEventAsync(DomainEventKind.JobCompleted, t), """{"eventID":21,"dom":null}""", """{"callbackID":9}""", 9),
        Of("connect_domain_event_callback_deregister_any", (c, t) => c.DeregisterEventAsync(9, t), """{"callbackID":9}"""),

        Of("connect_list_all_domains", (c, t) => c.ListDomainsAsync(DomainListFlags.Inactive, t), """{"need_results":1,"flags":2}""", $$"""{"domains":[{{Guest}}],"ret":1}""", new[] { Dom }),
        Of("connect_get_all_domain_stats", (c, t) => StatisticsAsync(c.GetAllStatisticsAsync([Dom], DomainStatsTypes.Balloon, DomainStatsFlags.Nowait, t)), $$"""{"doms":[{{Guest}}],"stats":4,"flags":536870912}""", $$"""{"retStats":[{"dom":{{Guest}},"params":[{"field":"state.state","value":[1,5]}]}]}""", "web: state.state=5"),
        Of("domain_lookup_by_uuid", (c, t) => c.FindAsync(Dom.Uuid, t), $$"""{"uuid":"{{Uuid}}"}""", Returned, Dom),
        Of("domain_lookup_by_name", (c, t) => c.FindAsync("web", t), """{"name":"web"}""", Returned, Dom),
        Of("domain_get_xml_desc", (c, t) => c.GetXmlAsync(Dom, DomainXmlFlags.Inactive, t), $$"""{"dom":{{Guest}},"flags":2}""", """{"xml":"<domain/>"}""", "<domain/>"),
        Of("domain_get_state", (c, t) => c.GetStateAsync(Dom, t), Flags, """{"state":3,"reason":5}""", new DomainStateAndReason(DomainState.Paused, 5)),
        Of("domain_is_active", (c, t) => c.IsActiveAsync(Dom, t), Only, """{"active":1}""", true),
        Of("domain_is_persistent", (c, t) => c.IsPersistentAsync(Dom, t), Only, """{"persistent":1}""", true),
        Of("domain_define_xml_flags", (c, t) => c.DefineAsync("<domain/>", DomainDefineFlags.Validate, t), """{"xml":"<domain/>","flags":1}""", Returned, Dom),
        Of("domain_undefine_flags", (c, t) => c.UndefineAsync(Dom, DomainUndefineFlags.KeepNvram, t), $$"""{"dom":{{Guest}},"flags":8}"""),
        Of("domain_get_autostart", (c, t) => c.GetAutostartAsync(Dom, t), Only, """{"autostart":1}""", true),
        Of("domain_set_autostart", (c, t) => c.SetAutostartAsync(Dom, true, t), $$"""{"dom":{{Guest}},"autostart":1}"""),
        Of("domain_get_metadata", (c, t) => c.GetMetadataAsync(Dom, DomainMetadataKind.Element, "uri", DomainAffect.Live, t), $$"""{"dom":{{Guest}},"type":2,"uri":"uri","flags":1}""", """{"metadata":"<owner/>"}""", "<owner/>"),
        Of("domain_set_metadata", (c, t) => c.SetMetadataAsync(Dom, DomainMetadataKind.Title, "<owner/>", "key", "uri", DomainAffect.Config, t), $$"""{"dom":{{Guest}},"type":1,"metadata":"<owner/>","key":"key","uri":"uri","flags":2}"""),
        Of("domain_create_with_flags", (c, t) => c.StartAsync(Dom, DomainStartFlags.ForceBoot, t), $$"""{"dom":{{Guest}},"flags":8}""", Returned, Dom),
        Of("domain_shutdown_flags", (c, t) => c.ShutdownAsync(Dom, DomainShutdownFlags.GuestAgent, t), $$"""{"dom":{{Guest}},"flags":2}"""),
        Of("domain_destroy_flags", (c, t) => c.DestroyAsync(Dom, DomainDestroyFlags.Graceful, t), $$"""{"dom":{{Guest}},"flags":1}"""),
        Of("domain_suspend", (c, t) => c.SuspendAsync(Dom, t), Only),
        Of("domain_resume", (c, t) => c.ResumeAsync(Dom, t), Only),
        Of("domain_get_vcpus_flags", (c, t) => c.GetVcpusAsync(Dom, DomainVcpuFlags.Maximum, t), $$"""{"dom":{{Guest}},"flags":4}""", """{"num":3}""", 3),
        Of("domain_set_vcpus_flags", (c, t) => c.SetVcpusAsync(Dom, 3, DomainVcpuFlags.Live, t), $$"""{"dom":{{Guest}},"nvcpus":3,"flags":1}"""),
        Of("domain_set_memory_flags", (c, t) => c.SetMemoryAsync(Dom, 5_000_000_000, DomainMemoryFlags.Config, t), $$"""{"dom":{{Guest}},"memory":5000000000,"flags":2}"""),
        Of("domain_set_max_memory", (c, t) => c.SetMaximumMemoryAsync(Dom, 5_000_000_000, t), $$"""{"dom":{{Guest}},"memory":5000000000}"""),
        Of("domain_attach_device_flags", (c, t) => c.AttachDeviceAsync(Dom, "<disk/>", DomainAffect.Live, t), $$"""{"dom":{{Guest}},"xml":"<disk/>","flags":1}"""),
        Of("domain_detach_device_flags", (c, t) => c.DetachDeviceAsync(Dom, "<disk/>", DomainAffect.Config, t), $$"""{"dom":{{Guest}},"xml":"<disk/>","flags":2}"""),
        Of("domain_update_device_flags", (c, t) => c.UpdateDeviceAsync(Dom, "<disk/>", DomainAffect.Live, t), $$"""{"dom":{{Guest}},"xml":"<disk/>","flags":1}"""),
        Of("domain_block_resize", (c, t) => c.ResizeBlockAsync(Dom, "vda", 5_000_000_001, DomainBlockResizeFlags.Bytes, t), $$"""{"dom":{{Guest}},"disk":"vda","size":5000000001,"flags":1}"""),
        Of("domain_interface_addresses", (c, t) => c.GetInterfaceAddressesAsync(Dom, DomainAddressSource.Arp, t), $$"""{"dom":{{Guest}},"source":2,"flags":0}""", """{"ifaces":[{"name":"eth0","hwaddr":"52:54:00:11:22:33","addrs":[{"type":1,"addr":"fd00::5","prefix":64}]}]}""", new[] { new DomainInterface("eth0", "52:54:00:11:22:33", [new DomainAddress(true, "fd00::5", 64)]) }),
        Of("domain_has_managed_save_image", (c, t) => c.HasManagedSaveAsync(Dom, t), Flags, """{"result":1}""", true),
        Of("domain_list_all_snapshots", (c, t) => c.ListSnapshotsAsync(Dom, t), $$"""{"dom":{{Guest}},"need_results":1,"flags":0}""", $$"""{"snapshots":[{"name":"before","dom":{{Guest}}}],"ret":1}""", new[] { "before" }),
        Of("domain_list_all_checkpoints", (c, t) => c.ListCheckpointsAsync(Dom, t), $$"""{"dom":{{Guest}},"need_results":1,"flags":0}""", $$"""{"checkpoints":[{"name":"monday","dom":{{Guest}}}],"ret":1}""", new[] { "monday" }),

        Of("domain_get_control_info", (c, t) => c.GetControlAsync(Dom, t), Flags, """{"state":1,"details":0,"stateTime":1500}""", new DomainControl(DomainControlState.Job, 0, TimeSpan.FromSeconds(1.5))),
        Of("domain_get_job_info", (c, t) => c.GetJobInfoAsync(Dom, t), Only, """{"type":2,"timeElapsed":11,"timeRemaining":12,"dataTotal":13,"dataProcessed":14,"dataRemaining":15,"memTotal":16,"memProcessed":17,"memRemaining":18,"fileTotal":19,"fileProcessed":20,"fileRemaining":21}""", new DomainJobInfo(DomainJobType.Unbounded, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21)),
        Of("domain_get_job_stats", (c, t) => JobAsync(c.GetJobStatisticsAsync(Dom, DomainJobStatisticsFlags.KeepCompleted, t)), $$"""{"dom":{{Guest}},"flags":2}""", """{"type":3,"params":[{"field":"data_total","value":[4,99]}]}""", "Completed: data_total=99"),
        Of("domain_abort_job", (c, t) => c.AbortJobAsync(Dom, t), Only),
        Of("domain_migrate_start_post_copy", (c, t) => c.StartPostCopyAsync(Dom, t), Flags),
        Of("domain_migrate_set_max_downtime", (c, t) => c.SetMaximumDowntimeAsync(Dom, 300, t), $$"""{"dom":{{Guest}},"downtime":300,"flags":0}"""),

        Of("connect_list_all_networks", (c, t) => c.ListNetworksAsync(NetworkListFlags.Active, t), """{"need_results":1,"flags":2}""", $$"""{"nets":[{{Net}}],"ret":1}""", new[] { Network }),
        Of("network_lookup_by_name", (c, t) => c.FindNetworkAsync("default", t), """{"name":"default"}""", $$"""{"net":{{Net}}}""", Network),
        Of("network_is_active", (c, t) => c.IsActiveAsync(Network, t), $$"""{"net":{{Net}}}""", """{"active":1}""", true),

        Of("connect_list_all_storage_pools", (c, t) => c.ListStoragePoolsAsync(StoragePoolListFlags.Dir, t), """{"need_results":1,"flags":64}""", $$"""{"pools":[{{Net}}],"ret":1}""", new[] { Pool }),
        Of("storage_pool_lookup_by_name", (c, t) => c.FindStoragePoolAsync("default", t), """{"name":"default"}""", OnlyPool, Pool),
        Of("storage_pool_get_xml_desc", (c, t) => c.GetXmlAsync(Pool, t), $$"""{"pool":{{Net}},"flags":0}""", """{"xml":"<pool/>"}""", "<pool/>"),
        Of("storage_pool_is_active", (c, t) => c.IsActiveAsync(Pool, t), OnlyPool, """{"active":1}""", true),
        Of("storage_pool_destroy", (c, t) => c.DestroyAsync(Pool, t), OnlyPool),
        Of("storage_pool_undefine", (c, t) => c.UndefineAsync(Pool, t), OnlyPool),
        Of("storage_pool_get_autostart", (c, t) => c.GetAutostartAsync(Pool, t), OnlyPool, """{"autostart":1}""", true),
        Of("storage_pool_set_autostart", (c, t) => c.SetAutostartAsync(Pool, true, t), $$"""{"pool":{{Net}},"autostart":1}"""),
    ];

    public static IReadOnlyList<EventSample> Events { get; } =
    [
        new("domain_event_callback_lifecycle", $$"""{"callbackID":9,"msg":{"dom":{{Guest}},"event":5,"detail":3} }""", new DomainLifecycleEvent(Dom, DomainLifecycle.Stopped, 3)),
        new("domain_event_callback_reboot", $$"""{"callbackID":9,"msg":{"dom":{{Guest}}} }""", new DomainChangedEvent(Dom)),
        new("domain_event_callback_device_added", $$"""{"callbackID":9,"dom":{{Guest}},"devAlias":"net1"}""", new DomainChangedEvent(Dom)),
        new("domain_event_callback_device_removed", $$"""{"callbackID":9,"msg":{"dom":{{Guest}},"devAlias":"net1"} }""", new DomainChangedEvent(Dom)),
        new("domain_event_callback_metadata_change", $$"""{"callbackID":9,"dom":{{Guest}},"type":2,"nsuri":"https://kvmoperator.io/domain/v1"}""", new DomainChangedEvent(Dom)),
        new("domain_event_callback_io_error_reason", $$"""{"callbackID":9,"msg":{"dom":{{Guest}},"srcPath":"/srv/disk","devAlias":"virtio-disk0","action":1,"reason":"enospc"} }""", new DomainIoErrorEvent(Dom, "/srv/disk", "virtio-disk0", IoErrorAction.Pause, "enospc")),
        new("domain_event_callback_agent_lifecycle", $$"""{"callbackID":9,"dom":{{Guest}},"state":1,"reason":2}""", new GuestAgentEvent(Dom, GuestAgentState.Connected, 2)),
        new("domain_event_callback_migration_iteration", $$"""{"callbackID":9,"dom":{{Guest}},"iteration":4}""", new MigrationIterationEvent(Dom, 4)),
        new("domain_event_callback_job_completed", $$"""{"callbackID":9,"dom":{{Guest}},"params":[{"field":"downtime","value":[4,80]}]}""", new JobCompletedEvent(Dom, null!)),
    ];

    private static ProcedureSample Of(string name, Func<LibvirtConnection, CancellationToken, Task> call, string? arguments) => new(
        name,
        async (connection, token) =>
        {
            await call(connection, token);
            return null;
        },
        arguments,
        null,
        null);

    private static ProcedureSample Of<T>(string name, Func<LibvirtConnection, CancellationToken, Task<T>> call, string? arguments, string answer, object result) =>
        new(name, async (connection, token) => await call(connection, token), arguments, answer, result);

    private static async Task<string> StatisticsAsync(Task<IReadOnlyList<DomainStatistics>> statistics) =>
        string.Join('\n', (await statistics).Select(one => $"{one.Domain.Name}: {Text(one.Values)}"));

    private static async Task<string> JobAsync(Task<DomainJobStatistics> job) => $"{(await job).Type}: {Text((await job).Values)}";

    private static string Text(TypedParameters values) => string.Join(' ', values.Names.Select(name => $"{name}={values.Number(name)}"));
}
