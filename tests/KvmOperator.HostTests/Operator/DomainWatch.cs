using System.Collections.Concurrent;
using System.Diagnostics;
using KvmOperator.HostTests.Lab;

namespace KvmOperator.HostTests.Operator;

/// <summary>
/// Asks both hosts for their active domains all the time, from its beginning to its end. Each has one session, so that an answer takes no login and what lasts for moments is seen too.
/// </summary>
internal sealed class DomainWatch : IAsyncDisposable
{
    private const string Answered = "answered";

    /// <summary>Says nothing instead of "no domain" when libvirt does not answer.</summary>
    private const string Answers = $"while read -r ask; do virsh -r list && echo {Answered} || echo refused; done";

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(300);

    private readonly CancellationTokenSource end = new();
    private readonly ConcurrentQueue<DomainSample> samples = new();
    private readonly Stopwatch clock = Stopwatch.StartNew();
    private readonly Task asking;

    private DomainWatch(KvmLab lab) => asking = Task.WhenAll(AskAsync(lab, "node1"), AskAsync(lab, "node2"));

    public static DomainWatch Begin(KvmLab lab) => new(lab);

    /// <summary>All answers so far.</summary>
    public IReadOnlyList<DomainSample> Samples => [.. samples];

    /// <summary>Waits until both hosts have answered once more, so that what comes next is seen from its beginning.</summary>
    public async Task UntilAskedAsync(CancellationToken cancellationToken)
    {
        var now = clock.Elapsed;
        await KvmLab.UntilAsync(
            "both hosts say what runs on them",
            () => asking.IsCompleted ? throw Silent(asking.Exception) : Task.FromResult(samples.Where(sample => sample.Began >= now).Select(sample => sample.Node).Distinct(StringComparer.Ordinal).Count() == 2),
            TimeSpan.FromMinutes(1),
            cancellationToken);
    }

    /// <summary>Ends it.</summary>
    /// <exception cref="InvalidOperationException">A host could not be asked all the time: then nothing is proved.</exception>
    public async Task EndAsync()
    {
        await end.CancelAsync();
        try
        {
            await asking;
        }
        catch (Exception exception)
        {
            throw Silent(exception);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await end.CancelAsync();
        await asking.ContinueWith(_ => { }, TaskScheduler.Default);
        end.Dispose();
    }

    private static InvalidOperationException Silent(Exception? exception) => new("a host could not be asked for its domains all the time", exception);

    private async Task AskAsync(KvmLab lab, string node)
    {
        var start = new ProcessStartInfo(Path.Combine(KvmLab.Scripts, "lab"), ["--name", lab.Name, "ssh", node, Answers])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var ssh = Process.Start(start)!;
        var error = ssh.StandardError.ReadToEndAsync(CancellationToken.None);
        try
        {
            while (true)
            {
                var began = clock.Elapsed;
                await ssh.StandardInput.WriteAsync("?\n".AsMemory(), end.Token);
                await ssh.StandardInput.FlushAsync(end.Token);
                var lines = new List<string>();
                do
                {
                    lines.Add(await ssh.StandardOutput.ReadLineAsync(end.Token) ?? throw new InvalidOperationException($"{node} answers no more: {await error}"));
                }
                while (lines[^1] is not (Answered or "refused"));

                if (lines[^1] == Answered)
                {
                    samples.Enqueue(new DomainSample(node, began, clock.Elapsed, DomainSample.Parse(lines)));
                }

                await Task.Delay(Pause, TimeProvider.System, end.Token);
            }
        }
        catch (OperationCanceledException) when (end.IsCancellationRequested)
        {
            // The watch is over.
        }
        finally
        {
            if (!ssh.HasExited)
            {
                ssh.Kill(entireProcessTree: true);
            }
        }
    }
}
