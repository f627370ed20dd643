using KvmOperator.Hosts.Ssh;

namespace KvmOperator.Hosts.Images;

/// <summary>Makes the small image from which cloud-init reads. All exceptions of <see cref="HostShellExtensions.RequireAsync"/> apply.</summary>
public interface ICloudInitImages
{
    /// <summary>Whether the image is there.</summary>
    Task<bool> ExistsAsync(IHostShell host, string path, CancellationToken cancellationToken);

    /// <summary>Makes the image under its name when it is whole; one that exists is left alone. The data travels by standard input: it may hold secrets.</summary>
    Task CreateAsync(IHostShell host, string path, CloudInitData data, CancellationToken cancellationToken);
}
