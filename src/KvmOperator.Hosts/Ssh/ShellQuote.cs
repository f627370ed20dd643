using System.Buffers;
using System.Text;

namespace KvmOperator.Hosts.Ssh;

/// <summary>The only way from values to the text of a shell command: every value arrives on the host as exactly one literal argument.</summary>
public static class ShellQuote
{
    private static readonly SearchValues<char> Plain =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789@%_+=:,./-");

    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Quotes one argument for a POSIX shell.</summary>
    /// <exception cref="ArgumentException">The value holds a NUL character or half of a surrogate pair: neither can be an argument of a process.</exception>
    public static string Quote(string argument)
    {
        ArgumentNullException.ThrowIfNull(argument);
        RefuseUnrepresentable(argument);

        return argument.Length > 0 && !argument.AsSpan().ContainsAnyExcept(Plain)
            ? argument
            : $"'{argument.Replace("'", "'\\''", StringComparison.Ordinal)}'";
    }

    /// <summary>Quotes every argument and joins them with spaces.</summary>
    /// <exception cref="ArgumentException">One of the values cannot be an argument of a process.</exception>
    public static string Join(IEnumerable<string> arguments) => string.Join(' ', arguments.Select(Quote));

    private static void RefuseUnrepresentable(string argument)
    {
        if (argument.Contains('\0', StringComparison.Ordinal))
        {
            throw new ArgumentException("An argument cannot hold a NUL character.", nameof(argument));
        }

        try
        {
            _ = StrictUtf8.GetByteCount(argument);
        }
        catch (EncoderFallbackException exception)
        {
            throw new ArgumentException("An argument must be valid Unicode.", nameof(argument), exception);
        }
    }
}
