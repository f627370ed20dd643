namespace KvmOperator.Hosts.Libvirt.Protocol;

/// <summary>What concerns libvirt's storage pools, which are only cleaned up. Each method is one procedure of libvirt's protocol; all exceptions of <see cref="LibvirtConnection"/> apply to each.</summary>
public static class StoragePoolProcedures
{
    /// <summary>The storage pools of the host, as <c>virsh pool-list</c>.</summary>
    public static Task<IReadOnlyList<LibvirtStoragePool>> ListStoragePoolsAsync(this LibvirtConnection connection, StoragePoolListFlags flags, CancellationToken cancellationToken) =>
        connection.CallAsync(
            Procedure.ConnectListAllStoragePools,
            writer => writer.Integer(1).Unsigned((uint)flags),
            static reader => reader.CountedList(ProtocolLimits.StoragePools, LibvirtStoragePool.Smallest, LibvirtStoragePool.Read),
            connection.Options.Question,
            cancellationToken);

    /// <summary>Looks a storage pool up. <see cref="LibvirtErrorCode.NoStoragePool"/> when there is none.</summary>
    public static Task<LibvirtStoragePool> FindStoragePoolAsync(this LibvirtConnection connection, string name, CancellationToken cancellationToken) =>
        connection.CallAsync(Procedure.StoragePoolLookupByName, writer => writer.Text(name), LibvirtStoragePool.Read, connection.Options.Question, cancellationToken);

    /// <summary>A storage pool's XML, as <c>virsh pool-dumpxml</c>.</summary>
    public static Task<string> GetXmlAsync(this LibvirtConnection connection, LibvirtStoragePool pool, CancellationToken cancellationToken) =>
        connection.CallAsync(
            Procedure.StoragePoolGetXmlDesc,
            writer => writer.StoragePool(pool).Unsigned(0),
            static reader => reader.Text(),
            connection.Options.Question,
            cancellationToken);

    /// <summary>Whether a storage pool is on.</summary>
    public static Task<bool> IsActiveAsync(this LibvirtConnection connection, LibvirtStoragePool pool, CancellationToken cancellationToken) =>
        connection.CallAsync(
            Procedure.StoragePoolIsActive,
            writer => writer.StoragePool(pool),
            static reader => reader.Integer() != 0,
            connection.Options.Question,
            cancellationToken);

    /// <summary>Switches a storage pool off, as <c>virsh pool-destroy</c>. What is in it stays.</summary>
    public static Task DestroyAsync(this LibvirtConnection connection, LibvirtStoragePool pool, CancellationToken cancellationToken) =>
        connection.CallAsync(Procedure.StoragePoolDestroy, writer => writer.StoragePool(pool), connection.Options.Change, cancellationToken);

    /// <summary>Removes the definition of a storage pool that is off, as <c>virsh pool-undefine</c>. What is in it stays.</summary>
    public static Task UndefineAsync(this LibvirtConnection connection, LibvirtStoragePool pool, CancellationToken cancellationToken) =>
        connection.CallAsync(Procedure.StoragePoolUndefine, writer => writer.StoragePool(pool), connection.Options.Change, cancellationToken);

    /// <summary>Whether libvirt starts a storage pool by itself.</summary>
    public static Task<bool> GetAutostartAsync(this LibvirtConnection connection, LibvirtStoragePool pool, CancellationToken cancellationToken) =>
        connection.CallAsync(
            Procedure.StoragePoolGetAutostart,
            writer => writer.StoragePool(pool),
            static reader => reader.Integer() != 0,
            connection.Options.Question,
            cancellationToken);

    /// <summary>Whether libvirt shall start a storage pool by itself, as <c>virsh pool-autostart</c>.</summary>
    public static Task SetAutostartAsync(this LibvirtConnection connection, LibvirtStoragePool pool, bool autostart, CancellationToken cancellationToken) =>
        connection.CallAsync(Procedure.StoragePoolSetAutostart, writer => writer.StoragePool(pool).Integer(autostart ? 1 : 0), connection.Options.Change, cancellationToken);
}
