using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json.Nodes;

namespace KvmOperator.HostTests.Operator;

/// <summary>Every write of an object's status, as <c>kubectl get --watch</c> tells it, with the time at which it was told. Watched from before the object is there.</summary>
internal sealed class StatusWatch : IAsyncDisposable
{
    private readonly Process process;
    private readonly ConcurrentQueue<(JsonNode Status, TimeSpan Time)> writes = new();
    private string last = string.Empty;

    private StatusWatch(Process process) => this.process = process;

    /// <summary>Everything so far, in order. A write that changed nothing of the status is none.</summary>
    public IReadOnlyList<(JsonNode Status, TimeSpan Time)> Writes => [.. writes];

    /// <param name="kubeconfig">The cluster.</param>
    /// <param name="kind">The kind, as kubectl takes it.</param>
    /// <param name="name">The object, in the namespace default.</param>
    /// <param name="clock">The times' beginning.</param>
    public static StatusWatch Begin(string kubeconfig, string kind, string name, Stopwatch clock)
    {
        // One line an object: a watch by name would end when it is not there yet.
        var start = new ProcessStartInfo("kubectl", ["--kubeconfig", kubeconfig, "-n", "default", "get", kind, "--field-selector", $"metadata.name={name}", "--watch", "-o", "jsonpath={.status}{\"\\n\"}"])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        var kubectl = new Process { StartInfo = start };
        var watch = new StatusWatch(kubectl);
        kubectl.OutputDataReceived += (_, line) =>
        {
            if (line.Data is { Length: > 0 } text && text != watch.last)
            {
                watch.last = text;
                watch.writes.Enqueue((JsonNode.Parse(text)!, clock.Elapsed));
            }
        };
        kubectl.Start();
        kubectl.BeginOutputReadLine();
        kubectl.BeginErrorReadLine();
        return watch;
    }

    public async ValueTask DisposeAsync()
    {
        if (!process.HasExited)
        {
            process.Kill();
            await process.WaitForExitAsync();
        }

        process.Dispose();
    }
}
