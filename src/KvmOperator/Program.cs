using KvmOperator;
using Microsoft.Extensions.Hosting;

if (CommandLine.HasWord(args))
{
    await Console.Error.WriteLineAsync(CommandLine.Usage);
    return CommandLine.Misused;
}

var builder = Host.CreateApplicationBuilder(args);
builder.Logging.AddConsoleLog();
builder.Services.AddKvmOperator(builder.Configuration);
await builder.Build().RunAsync();

// Whoever ends the process because it cannot go on has said so here.
return Environment.ExitCode;
