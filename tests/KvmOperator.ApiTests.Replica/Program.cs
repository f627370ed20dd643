// One replica of an operator as a process of its own, so that tests can kill it. All it does is to note when it works.
using System.Globalization;
using k8s;
using k8s.Models;
using KvmOperator.ApiTests.Replica;
using KvmOperator.Runtime.Hosting;
using KvmOperator.Runtime.LeaderElection;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

var builder = Host.CreateApplicationBuilder();
builder.Logging.AddFilter("System.Net.Http", LogLevel.Warning);
var configuration = builder.Configuration;
var client = KubernetesClientConfiguration.BuildConfigFromConfigFile(configuration["REPLICA_KUBECONFIG"]);
client.Host = configuration["REPLICA_SERVER"];
builder.Services.AddSingleton(new WorkLog(configuration["REPLICA_LOG"]!, configuration["REPLICA_IDENTITY"]!));
builder.Services.AddSingleton(new WorkLength(Seconds("REPLICA_PASS")));
builder.Services
    .AddKubernetesOperator(settings =>
    {
        settings.Name = "replica";
        settings.Namespace = configuration["REPLICA_NAMESPACE"]!;
        settings.Identity = configuration["REPLICA_IDENTITY"]!;
        settings.Client = client;
        settings.MonitoringPort = null;
        settings.LeaderElection = new LeaderElectionTimings(Seconds("REPLICA_LEASE"), Seconds("REPLICA_DEADLINE"), Seconds("REPLICA_RETRY"));
    })
    .Watch<V1ConfigMap>(options => options.Namespace = configuration["REPLICA_NAMESPACE"])
    .AddController<WorkLogController, V1ConfigMap>();
await builder.Build().RunAsync();

TimeSpan Seconds(string name) => TimeSpan.FromSeconds(double.Parse(configuration[name]!, CultureInfo.InvariantCulture));
