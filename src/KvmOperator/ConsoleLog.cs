using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;

namespace KvmOperator;

/// <summary>How the log looks: one line a message with its time and its pass, for people; the same as JSON for a collector of logs.</summary>
internal static class ConsoleLog
{
    private const string TimeFormat = "yyyy-MM-ddTHH:mm:ss.fffZ ";

    /// <summary>Sets both forms up. <c>Logging:Console:FormatterName</c> chooses; without a word it is the one for people.</summary>
    public static ILoggingBuilder AddConsoleLog(this ILoggingBuilder logging)
    {
        logging.AddConsole();
        logging.Services.Configure<SimpleConsoleFormatterOptions>(options =>
        {
            options.SingleLine = true;
            options.IncludeScopes = true;
            options.UseUtcTimestamp = true;
            options.TimestampFormat = TimeFormat;
        });
        logging.Services.Configure<JsonConsoleFormatterOptions>(options =>
        {
            options.IncludeScopes = true;
            options.UseUtcTimestamp = true;
            options.TimestampFormat = TimeFormat.TrimEnd();
        });

        // AddSimpleConsole would set the name after the configuration was read. Without any, the console's older options would undo those above.
        logging.Services.PostConfigure<ConsoleLoggerOptions>(options => options.FormatterName ??= ConsoleFormatterNames.Simple);
        return logging;
    }
}
