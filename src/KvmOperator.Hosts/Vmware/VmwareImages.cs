using System.Globalization;
using System.Text.Json;
using KvmOperator.Hosts.Jobs;
using KvmOperator.Hosts.Ssh;

namespace KvmOperator.Hosts.Vmware;

/// <summary>Carries imports out with qemu-img, by <c>convert-disk.py</c> and <c>trim-source.py</c>.</summary>
internal sealed class VmwareImages(IHostJobs jobs) : IVmwareImages
{
    private const int RefusedStatus = 3;
    private const int ChangedStatus = 4;

    /// <summary>128 and the number of SIGTERM.</summary>
    private const int InterruptedStatus = 143;

    /// <summary>How long a conversion is waited for on the host, which notices the end at once. Progress is said as often.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    /// <summary>A folder of a machine has hundreds of files at most.</summary>
    private static readonly TimeSpan TrimDeadline = TimeSpan.FromMinutes(2);

    private static readonly PythonProgram Convert = new("convert-disk.py");
    private static readonly PythonProgram Trim = new("trim-source.py");

    private static readonly string WriteScript = HostScripts.Read("Vmware/write-record.sh");

    private const string ReadScript = "[ ! -f \"$1\" ] || [ -h \"$1\" ] || cat -- \"$1\"";

    private const string FindScript = "for file; do if [ -e \"$file\" ] || [ -h \"$file\" ]; then printf '%s\\n' \"$file\"; fi; done";

    private static readonly string RemoveScript = HostScripts.Read("Vmware/remove-pieces.sh");

    /// <inheritdoc/>
    public async Task WriteRecordAsync(IHostShell host, string guestFolder, IReadOnlyList<string> stores, ImportRecord record, CancellationToken cancellationToken) =>
        await host.RequireAsync(
            RemoteCommand.Script(WriteScript, [ImportFiles.Record(guestFolder), .. stores]).WithInput(JsonSerializer.Serialize(record, ImportRecordJson.Options)), cancellationToken);

    /// <inheritdoc/>
    public async Task<ImportRecord?> ReadRecordAsync(IHostShell host, string guestFolder, CancellationToken cancellationToken)
    {
        var text = (await host.RequireAsync(RemoteCommand.Script(ReadScript, ImportFiles.Record(guestFolder)), cancellationToken)).OutputText;
        try
        {
            return text.Length == 0 ? null : JsonSerializer.Deserialize<ImportRecord>(text, ImportRecordJson.Options);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <inheritdoc/>
    public async Task<IReadOnlySet<string>> FindAsync(IHostShell host, IReadOnlyList<string> paths, CancellationToken cancellationToken) =>
        (await host.RequireAsync(RemoteCommand.Script(FindScript, [.. paths]), cancellationToken)).OutputText.Split('\n', StringSplitOptions.RemoveEmptyEntries).ToHashSet(StringComparer.Ordinal);

    /// <inheritdoc/>
    public async Task<ConversionState> ConvertAsync(IHostShell host, JobName name, SourceScope scope, string guestFolder, int disk, CancellationToken cancellationToken)
    {
        var line = Convert.CommandLine(JsonSerializer.Serialize(scope, ImportRecordJson.Options), ImportFiles.Record(guestFolder), disk.ToString(CultureInfo.InvariantCulture));
        return ParseState(await jobs.StartAsync(host, name, line, new JobOptions { Background = true, Patience = Patience }, cancellationToken));
    }

    /// <inheritdoc/>
    public async Task<TrimResult> TrimAsync(IHostShell host, SourceScope scope, string guestFolder, CancellationToken cancellationToken)
    {
        var line = Trim.CommandLine(JsonSerializer.Serialize(scope, ImportRecordJson.Options), ImportFiles.Record(guestFolder));
        var command = (RemoteCommand.Of(line[0], [.. line.Skip(1)]) with { Label = "trim of an import's source" }).WithDeadline(TrimDeadline);
        var result = await host.RunAsync(command, cancellationToken);
        if (result.ExitStatus == RefusedStatus)
        {
            throw new SourceRefusedException(result.ErrorSummary);
        }

        return JsonSerializer.Deserialize<TrimResult>(result.EnsureSuccess(host, command).OutputText, ImportRecordJson.Options)!;
    }

    /// <inheritdoc/>
    public async Task RemoveAsync(IHostShell host, string guestFolder, IReadOnlyList<string> targets, CancellationToken cancellationToken) =>
        await host.RequireAsync(RemoteCommand.Script(RemoveScript, [ImportFiles.Record(guestFolder), .. targets]), cancellationToken);

    /// <summary>What a job said: how far it is, again and again on one line, such as <c>    (12.34/100%)</c>, and what the disk is at the end.</summary>
    internal static ConversionState ParseState(JobState state) => state.Phase switch
    {
        JobPhase.Running => new ConversionState(ConversionOutcome.Running, Percent(state.Output), string.Empty, null),
        JobPhase.Succeeded => new ConversionState(ConversionOutcome.Done, 100, string.Empty, Allocated(state.Output)),
        JobPhase.Failed => new ConversionState(
            (state.Reason, state.ExitStatus) switch
            {
                ("signal" or "core-dump" or "oom-kill", _) or (_, InterruptedStatus) => ConversionOutcome.Interrupted,
                (_, RefusedStatus) => ConversionOutcome.Refused,
                (_, ChangedStatus) => ConversionOutcome.SourceChanged,
                _ => ConversionOutcome.Failed,
            },
            null,
            LastLine(state.Error) is { Length: > 0 } line ? line : string.Create(CultureInfo.InvariantCulture, $"it ended with {state.Reason} {state.ExitStatus}"),
            null),
        _ => new ConversionState(ConversionOutcome.Unknown, null, string.Empty, null),
    };

    private static int? Percent(string output)
    {
        var open = output.LastIndexOf('(');
        var end = open < 0 ? -1 : output.IndexOf('.', open);
        return end > open && int.TryParse(output[(open + 1)..end], NumberStyles.None, CultureInfo.InvariantCulture, out var percent) && percent <= 100 ? percent : null;
    }

    private static long? Allocated(string output)
    {
        const string Mark = "info ";
        if (output.Split('\n', '\r').LastOrDefault(line => line.StartsWith(Mark, StringComparison.Ordinal)) is not { } line)
        {
            return null;
        }

        using var info = JsonDocument.Parse(System.Convert.FromBase64String(line[Mark.Length..]));
        return info.RootElement.TryGetProperty("actual-size", out var bytes) ? bytes.GetInt64() : null;
    }

    private static string LastLine(string text) => text.Trim().Split('\n')[^1].Trim();
}
