using System.Reflection;
using System.Text;

namespace KvmOperator.Hosts;

/// <summary>What runs on hosts: each script is a file beside its class and a resource of this assembly.</summary>
internal static class HostScripts
{
    /// <summary>The text of a script.</summary>
    /// <param name="name">Its folder and file, such as <c>Beat/beat.sh</c>.</param>
    /// <exception cref="ArgumentException">There is none of this name.</exception>
    public static string Read(string name)
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream(name) ?? throw new ArgumentException($"There is no script {name}.", nameof(name));
        using var reader = new StreamReader(stream, Encoding.UTF8);
        return reader.ReadToEnd();
    }
}
