using System.Diagnostics;
using System.Text;
using CsCheck;
using KvmOperator.Hosts.Ssh;
using Xunit;

namespace KvmOperator.UnitTests.Hosts.Ssh;

public sealed class ShellQuoteTests
{
    private static readonly string[] Fragments =
    [
        "'", "''", "\"", "`id`", "$(touch canary)", "${IFS}", "\n", "\r", "\t", "\\", "\\\n", "\u0001", "\u001b[31m", "\u007f", "&&", "||", ";", "|", "<", ">", "*", "?",
        "[a]", "{a,b}", "~", "#", "!", "%s", "=", "-", "--", " ", "\u00e9", "\u65e5\u672c", "\U0001F600", "\u202e", "\u0085", "a", "Z0",
    ];

    private static readonly Gen<string> Hostile =
        Gen.OneOf(Gen.Int[0, Fragments.Length - 1].Select(index => Fragments[index]), Gen.Char['\u0001', '\u02ff'].Select(character => character.ToString())).Array[0, 12].Select(string.Concat);

    [Theory]
    [InlineData("bash")]
    [InlineData("dash")]
    public void Whatever_goes_in_is_one_literal_argument_of_a_real_shell(string shell) =>
        Hostile.Array[1, 300].Sample(
            arguments => Assert.Equal(arguments, Echo(shell, arguments)),
            iter: 40,
            threads: 1);

    [Fact]
    public void Empty_and_very_long_arguments_stay_what_they_are()
    {
        string[] arguments = [string.Empty, new string('\'', 20_000), string.Empty];

        Assert.Equal(arguments, Echo("dash", arguments));
    }

    [Fact]
    public void Plain_words_stay_readable() => Assert.Equal("virsh define /dev/stdin", ShellQuote.Join(["virsh", "define", "/dev/stdin"]));

    [Theory]
    [InlineData('\0')]
    [InlineData('\ud800')]
    [InlineData('\udc00')]
    public void What_cannot_be_in_an_argument_is_refused(char character) => Assert.Throws<ArgumentException>(() => ShellQuote.Quote($"a{character}b"));

    private static string[] Echo(string shell, string[] arguments)
    {
        // The text goes in by standard input, as it does with a login shell's -c, but without the limit on one argument's length.
        var start = new ProcessStartInfo(shell, ["-s"]) { UseShellExecute = false, RedirectStandardInput = true, RedirectStandardOutput = true };
        using var process = Process.Start(start)!;
        var output = Task.Run(() =>
        {
            using var bytes = new MemoryStream();
            process.StandardOutput.BaseStream.CopyTo(bytes);
            return bytes.ToArray();
        });
        process.StandardInput.BaseStream.Write(Encoding.UTF8.GetBytes($"printf '%s\\0' {ShellQuote.Join(arguments)}"));
        process.StandardInput.Close();
        var text = Encoding.UTF8.GetString(output.GetAwaiter().GetResult());
        process.WaitForExit();
        return text.Split('\0')[..^1];
    }
}
