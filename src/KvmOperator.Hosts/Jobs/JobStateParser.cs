using System.Globalization;

namespace KvmOperator.Hosts.Jobs;

/// <summary>Reads what the state script prints: systemd's properties, an empty line, and the ends of both streams in base64.</summary>
internal static class JobStateParser
{
    public static JobState Parse(string text) => ParseWatched(text).State;

    /// <summary>As <see cref="Parse"/>, with one more stream: the answer to a question. It is asked of a running job only.</summary>
    public static (JobState State, string Answer) ParseWatched(string text)
    {
        var lines = text.Split('\n');
        var properties = lines
            .TakeWhile(line => line.Length > 0)
            .Select(line => line.Split('=', 2))
            .Where(pair => pair.Length == 2)
            .ToDictionary(pair => pair[0], pair => pair[1], StringComparer.Ordinal);
        if (properties.GetValueOrDefault("LoadState") != "loaded")
        {
            return (JobState.Missing, string.Empty);
        }

        var streams = lines.SkipWhile(line => line.Length > 0).Skip(1).Select(Decode).ToList();
        var phase = (properties.GetValueOrDefault("ActiveState"), properties.GetValueOrDefault("SubState"), properties.GetValueOrDefault("Result")) switch
        {
            ("failed", _, _) => JobPhase.Failed,
            ("active", "exited", "success") or ("inactive", _, "success") => JobPhase.Succeeded,
            ("active", "exited", _) or ("inactive", _, _) => JobPhase.Failed,
            _ => JobPhase.Running,
        };
        int? status = phase != JobPhase.Running && int.TryParse(properties.GetValueOrDefault("ExecMainStatus"), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? number
            : null;
        var state = new JobState(phase, status, properties.GetValueOrDefault("Result", string.Empty), streams.ElementAtOrDefault(0) ?? string.Empty, streams.ElementAtOrDefault(1) ?? string.Empty);
        return (state, phase == JobPhase.Running ? streams.ElementAtOrDefault(2) ?? string.Empty : string.Empty);
    }

    private static string Decode(string base64)
    {
        var bytes = new byte[base64.Length];
        return Convert.TryFromBase64String(base64, bytes, out var length) ? System.Text.Encoding.UTF8.GetString(bytes, 0, length) : string.Empty;
    }
}
