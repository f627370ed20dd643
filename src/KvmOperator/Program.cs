using KvmOperator;
using Microsoft.Extensions.Hosting;

var builder = Host.CreateApplicationBuilder(args);
builder.Logging.AddConsoleLog();
builder.Services.AddKvmOperator(builder.Configuration);
await builder.Build().RunAsync();

// Whoever ends the process because it cannot go on has said so here.
return Environment.ExitCode;
