namespace KvmOperator;

/// <summary>What may stand on the command line: settings, which begin with a dash. A word must not start an operator, as one that was mistyped for another program would.</summary>
internal static class CommandLine
{
    /// <summary>What is answered to anything else.</summary>
    public const string Usage = "usage: KvmOperator [--SETTING=VALUE]… (docs/operator.md). The definitions of the kinds are made by KvmOperator.CustomResourceDefinitions.";

    /// <summary>The exit code then.</summary>
    public const int Misused = 2;

    /// <summary>Whether there is a word on it.</summary>
    public static bool HasWord(string[] arguments) => arguments is [var word, ..] && !word.StartsWith('-');
}
