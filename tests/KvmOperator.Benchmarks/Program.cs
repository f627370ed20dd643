using System.Globalization;
using BenchmarkDotNet.Running;
using KvmOperator.Benchmarks.Fleet;
using KvmOperator.Benchmarks.Fleet.Operator;
using KvmOperator.Benchmarks.Runtime;
using KvmOperator.Benchmarks.Ssh;

if (args is ["runtime-scale", var kubeconfig, .. var rest])
{
    var objects = rest is [var number] ? int.Parse(number, CultureInfo.InvariantCulture) : 20_000;
    await RuntimeScale.RunAsync(kubeconfig, objects, CancellationToken.None);
    return;
}

if (args is ["fleet-operator", var socket])
{
    await FleetOperator.RunAsync(socket, CancellationToken.None);
    return;
}

if (args is ["ssh", var port, var keyFile, var connections])
{
    await SshCost.RunAsync(int.Parse(port, CultureInfo.InvariantCulture), keyFile, int.Parse(connections, CultureInfo.InvariantCulture), CancellationToken.None);
    return;
}

if (args is ["fleet" or "fleet-whole" or "fleet-rest", var cluster, var logFile, var hosts, var guests, .. var times])
{
    var settings = new FleetSettings(int.Parse(hosts, CultureInfo.InvariantCulture), int.Parse(guests, CultureInfo.InvariantCulture), logFile);
    settings = times is [var idle, ..] ? settings with { Idle = TimeSpan.FromSeconds(int.Parse(idle, CultureInfo.InvariantCulture)) } : settings;

    // With all of them only, and at rest only: for the switches of the runtime, which are set in the environment.
    settings = args[0] == "fleet" ? settings : settings with { Steps = [settings.Guests] };
    settings = args[0] == "fleet-rest" ? settings with { Changes = 20, Frozen = 0 } : settings;
    await FleetRun.RunAsync(cluster, settings, CancellationToken.None);
    return;
}

BenchmarkSwitcher.FromAssembly(System.Reflection.Assembly.GetExecutingAssembly()).Run(args);
