using System.Globalization;
using BenchmarkDotNet.Running;
using KvmOperator.Benchmarks.Runtime;

if (args is ["runtime-scale", var kubeconfig, .. var rest])
{
    var objects = rest is [var number] ? int.Parse(number, CultureInfo.InvariantCulture) : 20_000;
    await RuntimeScale.RunAsync(kubeconfig, objects, CancellationToken.None);
    return;
}

BenchmarkSwitcher.FromAssembly(System.Reflection.Assembly.GetExecutingAssembly()).Run(args);
