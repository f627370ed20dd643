using KvmOperator.Hosts.Ssh;

namespace KvmOperator.Hosts.Preparation;

/// <summary>Tells failures of one piece of work on a machine from those of the way to it.</summary>
internal static class StepFailures
{
    /// <summary>What went wrong with a command that reached the machine, in a short sentence; null for everything else: that concerns every step alike.</summary>
    public static string? Explain(Exception exception) => exception switch
    {
        HostRefusedException refused => refused.Summary is { Length: > 0 } said ? said : refused.Message,
        DeadlineExceededException or OutputLimitExceededException or CommandTooLongException => exception.Message.TrimEnd('.'),
        _ => null,
    };
}
