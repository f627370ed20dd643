using System.Collections.Concurrent;
using System.Text;
using KvmOperator.Hosts.Jobs;
using KvmOperator.Hosts.Ssh;

namespace KvmOperator.Hosts.Libvirt;

/// <summary>
/// Asks virt-install once for each shape of guests (<see cref="DomainTemplate"/>): one run of it takes seconds, and twenty on a slow machine. What it answered is kept on the host, together
/// with the state of the software that it depends on, and in memory for all hosts with the same software.
/// </summary>
internal sealed class GuestRendering(IHostJobs jobs, TimeProvider clock) : IGuestRendering
{
    private const string Kept = "/var/lib/kvm-operator/templates";

    private static readonly string Script = HostScript.Read("Libvirt/domain-template.sh");

    /// <summary>How long a run of virt-install is waited for; whoever asks comes again.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary>Software that was read so lately is not read again: a guest whose disks are being made is looked at every few seconds.</summary>
    private static readonly TimeSpan SoftwareCountsFor = TimeSpan.FromMinutes(1);

    private readonly ConcurrentDictionary<string, (string Software, long Read)> software = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<(string Software, string Key), string> answers = new();
    private readonly ConcurrentDictionary<(string Software, string Key), bool> unfit = new();

    /// <inheritdoc/>
    public async Task<string?> RenderAsync(IHostShell host, GuestDefinition guest, CancellationToken cancellationToken)
    {
        var shared = DomainTemplate.For(guest);
        var answer = await AskAsync(host, shared, cancellationToken);
        if (answer.IsPending)
        {
            return null;
        }

        if (answer.Text is { } text)
        {
            if (shared.Fill(text, guest) is { } filled)
            {
                return DomainXml.Complete(filled, guest);
            }

            unfit[(answer.Software, shared.Key)] = true;
        }

        var own = DomainTemplate.OnlyFor(guest);
        var ofGuest = await AskAsync(host, own, cancellationToken);
        if (ofGuest.IsPending)
        {
            return null;
        }

        return ofGuest.Text is { } exact && own.Fill(exact, guest) is { } domain
            ? DomainXml.Complete(domain, guest)
            : throw new CommandFailedException(host.Name, RemoteCommand.Of("virt-install"), Result(ofGuest.Failure));
    }

    private static CommandResult Result(JobState? failure) =>
        new(failure?.ExitStatus ?? 1, null, ReadOnlyMemory<byte>.Empty, Encoding.UTF8.GetBytes(failure?.Error is { Length: > 0 } said ? said : "virt-install wrote down no guest"), TimeSpan.Zero);

    private async Task<Answer> AskAsync(IHostShell host, DomainTemplate template, CancellationToken cancellationToken)
    {
        var (state, text) = await ReadAsync(host, template, cancellationToken);
        if (text is not null || unfit.ContainsKey((state, template.Key)))
        {
            return new Answer(state, text);
        }

        var name = new JobName("template", template.Key);
        var job = await jobs.StartAsync(
            host,
            name,
            ["/bin/sh", "-c", Script, "kvm-operator", "make", Kept, template.Key, template.Folder, string.Join(' ', template.Files), .. template.Arguments],
            new JobOptions { Patience = Patience },
            cancellationToken);
        if (!job.Ended)
        {
            return new Answer(state, null) { IsPending = true };
        }

        await jobs.ForgetAsync(host, name, cancellationToken);
        if (job.Phase == JobPhase.Failed)
        {
            return new Answer(state, null) { Failure = job };
        }

        (state, text) = await ReadAsync(host, template, cancellationToken);
        return new Answer(state, text) { IsPending = text is null };
    }

    /// <summary>The state of the host's software, and what virt-install answered with that software; null when it was not asked yet.</summary>
    private async Task<(string Software, string? Text)> ReadAsync(IHostShell host, DomainTemplate template, CancellationToken cancellationToken)
    {
        if (software.TryGetValue(host.Name, out var last) && clock.GetElapsedTime(last.Read) < SoftwareCountsFor && answers.TryGetValue((last.Software, template.Key), out var remembered))
        {
            return (last.Software, remembered);
        }

        // The first line is the software's state now; the file follows, and begins with the state at its time and an empty line.
        var output = await host.ReadAsync(RemoteCommand.Script(Script, "read", Kept, template.Key), cancellationToken);
        var lines = output.Split('\n', 4);
        var known = (lines[0], template.Key);
        software[host.Name] = (lines[0], clock.GetTimestamp());
        if (lines.Length == 4 && lines[1] == lines[0] && lines[2].Length == 0)
        {
            answers[known] = lines[3];
        }

        return (lines[0], answers.GetValueOrDefault(known));
    }

    private sealed record Answer(string Software, string? Text)
    {
        /// <summary>True while virt-install is at work.</summary>
        public bool IsPending { get; init; }

        /// <summary>How virt-install failed.</summary>
        public JobState? Failure { get; init; }
    }
}
