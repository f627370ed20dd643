using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;
using Microsoft.Extensions.Options;
using Xunit;

namespace KvmOperator.UnitTests.Operator;

/// <summary>What stands in the log, as it is set up for the whole process.</summary>
public sealed class ConsoleLogTests
{
    [Fact]
    public void A_person_reads_one_line_with_time_pass_and_message()
    {
        var line = Line();

        Assert.Matches(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z info: hosts\[0\] => kvmhost node1 it answers\r?\n$", line);
    }

    [Fact]
    public void A_collector_of_logs_gets_json_with_the_pass_when_the_configuration_asks_for_it()
    {
        using var line = JsonDocument.Parse(Line("--Logging:Console:FormatterName=json"));

        Assert.Equal("it answers", line.RootElement.GetProperty("Message").GetString());
        Assert.Equal("kvmhost node1", line.RootElement.GetProperty("Scopes")[0].GetString());
        Assert.Equal(DateTimeKind.Utc, line.RootElement.GetProperty("Timestamp").GetDateTime().Kind);
    }

    /// <summary>One message within a pass, as the formatter that the configuration chose writes it.</summary>
    private static string Line(params string[] arguments)
    {
        var builder = Host.CreateApplicationBuilder(arguments);
        builder.Logging.AddConsoleLog();
        using var host = builder.Build();
        var name = host.Services.GetRequiredService<IOptions<ConsoleLoggerOptions>>().Value.FormatterName;
        var formatter = host.Services.GetServices<ConsoleFormatter>().Single(formatter => formatter.Name == name);
        var passes = new LoggerExternalScopeProvider();
        using var pass = passes.Push("kvmhost node1");
        using var output = new StringWriter();
        formatter.Write(new LogEntry<string>(LogLevel.Information, "hosts", 0, "it answers", null, (message, _) => message), passes, output);
        return output.ToString();
    }
}
