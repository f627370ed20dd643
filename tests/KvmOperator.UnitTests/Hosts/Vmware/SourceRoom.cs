using System.Diagnostics;
using System.Text;
using KvmOperator.Hosts.Vmware;

namespace KvmOperator.UnitTests.Hosts.Vmware;

/// <summary>A folder of this computer with a source in it, below a folder from which imports may read, and a store.</summary>
internal sealed class SourceRoom : IDisposable
{
    private readonly string root = Directory.CreateTempSubdirectory("vmware-source-").FullName;

    public SourceRoom()
    {
        Directory.CreateDirectory(Source);
        Directory.CreateDirectory(Store);
    }

    /// <summary>The folder below which imports may read.</summary>
    public string Imports => Path.Combine(root, "imports");

    /// <summary>The machine's folder.</summary>
    public string Source => Path.Combine(Imports, "CentOS 8 节点.vmwarevm");

    /// <summary>The store.</summary>
    public string Store => Path.Combine(root, "store");

    /// <summary>The guest's folder there.</summary>
    public string Guest => Path.Combine(Store, "default_qy1");

    public SourceScope Scope => new(Source, [Imports], [Store], "default");

    public string Add(string path, string content) => Add(path, Encoding.UTF8.GetBytes(content));

    public string Add(string path, byte[] content)
    {
        var file = Path.Combine(Source, path);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllBytes(file, content);
        return file;
    }

    /// <summary>What only a shell can make: <c>$1</c> is the source's folder.</summary>
    public void Run(string script) => Shell(script, Source);

    /// <summary>.NET deletes no names that are no UTF-8.</summary>
    public void Dispose() => Shell("rm -rf -- \"$1\"", root);

    private static void Shell(string script, string folder)
    {
        using var process = Process.Start("/bin/sh", ["-c", script, "source-room", folder]);
        process.WaitForExit();
    }
}
