using KvmOperator;
using KvmOperator.CustomResourceDefinitions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

if (args is [CustomResourceDefinitionCommand.Verb, ..])
{
    return await CustomResourceDefinitionCommand.RunAsync(args, Console.Out, Console.Error, CancellationToken.None);
}

var builder = Host.CreateApplicationBuilder(args);
// One line a message with its time and its pass; Logging:Console:FormatterName=json gives the same to a collector of logs.
builder.Logging.AddSimpleConsole(options =>
{
    options.SingleLine = true;
    options.IncludeScopes = true;
    options.UseUtcTimestamp = true;
    options.TimestampFormat = "yyyy-MM-ddTHH:mm:ss.fffZ ";
});
builder.Services.AddKvmOperator(builder.Configuration);
await builder.Build().RunAsync();

// Whoever ends the process because it cannot go on has said so here.
return Environment.ExitCode;
