using System.Text.RegularExpressions;

namespace KvmOperator.Hosts.Jobs;

/// <summary>The name of a job: what kind of work, and for which object. The same name always means the same work.</summary>
public sealed partial record JobName
{
    /// <summary>Creates a name.</summary>
    /// <param name="kind">The kind of work in lower-case letters, such as <c>migration</c>.</param>
    /// <param name="uid">The UID of the object that the work is for.</param>
    /// <exception cref="ArgumentException">One of them has characters that a unit's name cannot have.</exception>
    public JobName(string kind, string uid)
    {
        Kind = KindPattern.IsMatch(kind) ? kind : throw new ArgumentException($"Not a kind of work: \"{kind}\".", nameof(kind));
        Uid = UidPattern.IsMatch(uid) ? uid : throw new ArgumentException($"Not a UID: \"{uid}\".", nameof(uid));
    }

    /// <summary>The kind of work.</summary>
    public string Kind { get; }

    /// <summary>The object that the work is for.</summary>
    public string Uid { get; }

    /// <summary>The name of the systemd unit, without its suffix.</summary>
    public string Unit => $"kvmop-{Kind}-{Uid}";

    /// <inheritdoc/>
    public override string ToString() => Unit;

    [GeneratedRegex(@"\A[a-z]{1,32}\z", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex KindPattern { get; }

    [GeneratedRegex(@"\A[0-9A-Za-z.][0-9A-Za-z.-]{0,99}\z", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex UidPattern { get; }
}
