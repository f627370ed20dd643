namespace KvmOperator.Hosts.Ssh;

/// <summary>Scripts for hosts that are files beside the class that runs them, and resources of this assembly.</summary>
internal static class HostScript
{
    /// <summary>The text of a script.</summary>
    /// <param name="path">Its path in this project, such as <c>Nfs/nfs-server.sh</c>.</param>
    /// <exception cref="ArgumentException">There is no such script.</exception>
    public static string Read(string path)
    {
        using var stream = typeof(HostScript).Assembly.GetManifestResourceStream(path) ?? throw new ArgumentException($"There is no script {path}.", nameof(path));
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
