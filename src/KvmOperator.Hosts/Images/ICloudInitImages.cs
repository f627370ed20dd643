using KvmOperator.Hosts.Ssh;

namespace KvmOperator.Hosts.Images;

/// <summary>Makes the small image from which cloud-init reads. All exceptions of <see cref="HostShellExtensions.RequireAsync"/> apply.</summary>
public interface ICloudInitImages
{
    /// <summary>What an image was made from (<see cref="CloudInitData.Mark"/>); empty when it does not say, null when there is no image.</summary>
    Task<string?> ReadMarkAsync(IHostShell host, string path, CancellationToken cancellationToken);

    /// <summary>Makes the image under its name when it is whole. The data travels by standard input: it may hold secrets.</summary>
    /// <param name="host">The host.</param>
    /// <param name="path">The image.</param>
    /// <param name="data">What it holds.</param>
    /// <param name="isReplaced">Whether one that is there is replaced; otherwise it is left alone.</param>
    /// <param name="cancellationToken">Gives up.</param>
    Task CreateAsync(IHostShell host, string path, CloudInitData data, bool isReplaced, CancellationToken cancellationToken);
}
