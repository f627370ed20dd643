using KvmOperator;
using KvmOperator.CustomResourceDefinitions;
using Microsoft.Extensions.Hosting;

if (CustomResourceDefinitionCommand.IsMeant(args))
{
    return await CustomResourceDefinitionCommand.RunAsync(args, Console.Out, Console.Error, CancellationToken.None);
}

var builder = Host.CreateApplicationBuilder(args);
builder.Logging.AddConsoleLog();
builder.Services.AddKvmOperator(builder.Configuration);
await builder.Build().RunAsync();

// Whoever ends the process because it cannot go on has said so here.
return Environment.ExitCode;
