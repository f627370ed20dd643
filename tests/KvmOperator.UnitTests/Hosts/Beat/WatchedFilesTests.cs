using System.Text.RegularExpressions;
using KvmOperator.Hosts.Beat;
using Xunit;

namespace KvmOperator.UnitTests.Hosts.Beat;

/// <summary>What the preparation of a host reads or writes is watched there: by its path, or with the folder in which it lies where files are only added and taken away.</summary>
public sealed partial class WatchedFilesTests
{
    /// <summary>What nobody changes while the machine is a host, what the operator keeps for itself, and what libvirt writes with every guest.</summary>
    private static readonly string[] Unwatched = ["/etc/debian_version", "/etc/kvm-operator", "/etc/libvirt/qemu/"];

    /// <summary>Folders whose files are told by their coming and going.</summary>
    private static readonly string[] Folders = ["/etc/ssh/ssh_host_", "/etc/firewalld/zones/", "/etc/libvirt/storage/", "/root/.ssh/kvm-operator"];

    [Fact]
    public void A_file_of_the_preparation_that_changes_is_told()
    {
        var named = Directory.GetFiles(Path.Combine(Repository.Root, "src", "KvmOperator.Hosts", "Preparation"))
            .SelectMany(file => SystemPath.Matches(File.ReadAllText(file)).Select(match => match.Value.TrimEnd('.')))
            .Where(path => !Unwatched.Any(other => path.StartsWith(other, StringComparison.Ordinal)) && !Folders.Any(folder => path.StartsWith(folder, StringComparison.Ordinal)))
            .ToHashSet(StringComparer.Ordinal);

        Assert.Contains("/etc/default/libvirt-guests", named);
        Assert.Empty(named.Except(WatchedFiles.All, StringComparer.Ordinal));
    }

    [Fact]
    public void A_file_that_is_replaced_by_another_one_is_told_by_its_folder() =>
        Assert.Empty(WatchedFiles.All.Select(Path.GetDirectoryName).Where(folder => folder is not ("/" or "/root" or "/usr")).Except(WatchedFiles.All, StringComparer.Ordinal));

    [GeneratedRegex(@"(/etc/[A-Za-z0-9_./-]+[A-Za-z0-9_/-]|/root/\.ssh/[A-Za-z0-9_./-]*[A-Za-z0-9_/-])", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex SystemPath { get; }
}
