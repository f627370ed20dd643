using System.Globalization;

namespace KvmOperator.UnitTests.Planning.Failover.Simulation;

/// <summary>
/// How much is simulated. A run of all unit tests has half a minute for it; <c>KVM_OPERATOR_SIMULATIONS=10000</c> has as many random schedules run, beginning with the same ones, and every scenario's leader killed at every effect.
/// </summary>
internal static class SimulationDepth
{
    private const int Usual = 1000;

    private static readonly int Named = int.TryParse(Environment.GetEnvironmentVariable("KVM_OPERATOR_SIMULATIONS"), CultureInfo.InvariantCulture, out var runs) ? runs : 0;

    /// <summary>How many random schedules.</summary>
    public static int Runs => Math.Max(Named, Usual);

    /// <summary>A leader is killed at each effect whose number is a multiple of this.</summary>
    public static int KillStep => Named > 0 ? 1 : 5;
}
